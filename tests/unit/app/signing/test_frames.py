import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import MAX_AMOUNT
from app.signing.frames import (
    MAX_FRAME_BYTES,
    MAX_RECALLED,
    Auth,
    FrameInvalid,
    FromClient,
    FromService,
    Hello,
    IssueFields,
    Ready,
    Recall,
    Recalled,
    Refused,
    Sign,
    Signed,
    parse_from_client,
    parse_from_service,
    request_id,
)
from tests.unit.app.signing.mutations import ANY_TEXT, JSON_VALUES, mutated

texts = st.text(min_size=1, max_size=80)
nonces = st.binary(min_size=32, max_size=32)
amounts = st.integers(min_value=1, max_value=MAX_AMOUNT)
lists = st.lists(texts, min_size=1, max_size=5).map(tuple)

from_client = st.one_of(
    st.builds(Auth, client_key=texts, nonce=nonces, signature=texts),
    st.builds(
        Sign,
        id=st.uuids(),
        tx_type=st.just("Issue"),
        tx=st.builds(IssueFields, qty=amounts, sequence=amounts),
        keys=lists,
    ),
    st.builds(Recall, id=st.uuids(), after=st.integers(min_value=0, max_value=MAX_AMOUNT)),
)
transactions = st.lists(st.builds(IssueFields, qty=amounts, sequence=amounts), max_size=5).map(tuple)
from_service = st.one_of(
    st.builds(Hello, nonce=nonces, service_key=texts),
    st.builds(Ready, signature=texts, keys=lists),
    st.builds(Signed, id=st.uuids(), tx_hash=texts, signatures=lists),
    st.builds(Recalled, id=st.uuids(), transactions=transactions, more=st.booleans()),
    st.builds(Refused, id=st.uuids(), code=st.sampled_from(["halted", "bad_request"]), message=texts),
)
SIGN = Sign(id=uuid.UUID(int=7), tx_type="Issue", tx=IssueFields(qty=1, sequence=2), keys=("npub",))


@given(from_client)
def test_what_a_client_writes_is_read_back(frame: FromClient) -> None:
    assert parse_from_client(frame.text()) == frame


@given(from_service)
def test_what_the_service_writes_is_read_back(frame: FromService) -> None:
    assert parse_from_service(frame.text()) == frame


@given(st.text() | st.binary() | JSON_VALUES.map(json.dumps))
def test_anything_else_is_refused_in_one_sentence(text: str | bytes) -> None:
    for parse in (parse_from_client, parse_from_service):
        with pytest.raises(FrameInvalid, match="the message is"):
            parse(text)
    assert request_id(text) is None


@given(mutated((from_client | from_service).map(lambda frame: frame.text())) | ANY_TEXT)
def test_whatever_is_sent_it_is_a_message_that_writes_the_same_again_or_invalid(text: str) -> None:
    for parse in (parse_from_client, parse_from_service):
        try:
            frame = parse(text)
        except FrameInvalid as error:
            complaint = str(error)
        else:
            assert parse(frame.text()) == frame
            continue
        assert len(complaint) < 600
        assert complaint.isprintable()
    request_id(text)


def test_the_longest_memory_that_is_told_at_once_fits_a_frame() -> None:
    longest = (IssueFields(qty=MAX_AMOUNT, sequence=MAX_AMOUNT),) * MAX_RECALLED
    text = Recalled(id=uuid.UUID(int=2**128 - 1), transactions=longest, more=False).text()
    assert MAX_FRAME_BYTES / 4 < len(text) < MAX_FRAME_BYTES / 2


@given(from_client, st.text(min_size=1), JSON_VALUES)
def test_a_field_too_many_is_refused(frame: FromClient, name: str, value: object) -> None:
    fields = json.loads(frame.text())
    if name not in fields:
        with pytest.raises(FrameInvalid):
            parse_from_client(json.dumps(fields | {name: value}))


@given(from_client, st.data())
def test_a_field_too_few_is_refused(frame: FromClient, data: st.DataObject) -> None:
    fields = json.loads(frame.text())
    del fields[data.draw(st.sampled_from(sorted(fields)))]
    with pytest.raises(FrameInvalid):
        parse_from_client(json.dumps(fields))


@pytest.mark.parametrize("field", ["qty", "sequence"])
@pytest.mark.parametrize("value", ["true", "1.0", "1e0", '"1"', "0", "-1", str(2**63), "1" * 4000, "null", "[]"])
def test_amounts_are_integers_of_64_bits_and_nothing_else(field: str, value: str) -> None:
    text = json.dumps(SIGN.model_dump(mode="json") | {"tx": {"qty": 1, "sequence": 1} | {field: "HERE"}})
    assert isinstance(parse_from_client(text.replace('"HERE"', "1")), Sign)
    with pytest.raises(FrameInvalid, match=rf"tx\.{field}"):
        parse_from_client(text.replace('"HERE"', value))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1" * 5_000, "01", "0x1", "1_000"])
def test_what_is_no_json_number_is_no_amount(value: str) -> None:
    with pytest.raises(FrameInvalid, match="the message is wrong"):
        parse_from_client(SIGN.text().replace('"qty":1', f'"qty":{value}'))


@pytest.mark.parametrize("tx_type", ["Transfer", "issue", "", None, 1])
def test_only_issue_is_a_transaction(tx_type: object) -> None:
    with pytest.raises(FrameInvalid, match="tx_type"):
        parse_from_client(json.dumps(SIGN.model_dump(mode="json") | {"tx_type": tx_type}))


@pytest.mark.parametrize(
    "nonce", ["", "AAAA", "A" * 43 + "=", "A" * 43, "A" * 42 + "B=", "A" * 44, " " + "A" * 43 + "=", "-" * 43 + "=", 7]
)
def test_a_nonce_has_32_bytes_and_one_spelling(nonce: object) -> None:
    hello = {"type": "hello", "nonce": nonce, "service_key": "npub"}
    if nonce == "A" * 43 + "=":
        assert parse_from_service(json.dumps(hello)) == Hello(nonce=bytes(32), service_key="npub")
    else:
        with pytest.raises(FrameInvalid, match="nonce"):
            parse_from_service(json.dumps(hello))


def test_depth_does_not_exhaust_the_reader() -> None:
    for text in ("[" * MAX_FRAME_BYTES, '{"type":' * 8_000):
        with pytest.raises(FrameInvalid):
            parse_from_client(text)


@pytest.mark.parametrize(
    "text", [json.dumps({"type": "x" * 60_000}), json.dumps({"type": "auth", "\n2026 WARNING" * 4_000: 1})]
)
def test_a_complaint_stays_one_short_line_whatever_was_sent(text: str) -> None:
    with pytest.raises(FrameInvalid) as complaint:
        parse_from_client(text)
    assert len(str(complaint.value)) < 500
    assert str(complaint.value).isprintable()


def test_a_wrong_request_can_still_be_named() -> None:
    wrong = SIGN.model_dump(mode="json") | {"tx": "nothing", "more": 1}
    assert request_id(json.dumps(wrong)) == SIGN.id
    assert request_id(json.dumps(wrong | {"id": 7})) is None
    assert request_id(json.dumps(wrong | {"type": "auth"})) is None
