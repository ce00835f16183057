"""Whatever a node answers is the value it means, or unreadable; nothing else ever comes out of reading it."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ndau import answers
from app.ndau.answers import Unreadable, parse_json
from app.ndau.transactions import Issue

ADDRESS = "ndaqnard42tyeab4dmurvvu38r5di97imexbaigbqjfdgxjc"
ISSUE = {
    "TxType": "Issue",
    "TxHash": Issue(5, 6).hash(),
    "BlockHeight": 7,
    "TxData": {"qty": 5, "sequence": 6, "signatures": ["a"]},
}
READERS: dict[str, tuple[Callable[[object], object], object]] = {
    "supply": (answers.read_supply, {"totalIssued": 1, "totalReleased": 2}),
    "issuer address": (answers.read_issuer_address, {answers.ISSUER_VARIABLE: [ADDRESS]}),
    "account": (
        lambda document: answers.read_account(document, ADDRESS),
        {ADDRESS: {"sequence": 3, "validationKeys": ["npub"]}},
    ),
    "issue": (answers.read_issue, ISSUE),
    "page": (answers.read_index_page, {"Txs": [ISSUE], "NextTxHash": "next"}),
    "version": (answers.read_version, {"NdauVersion": "1", "NdauSha": "2", "Network": "3"}),
    "health": (answers.read_health, {"Ndau": {"Status": "Ok"}}),
    "submitted": (answers.read_submitted, {"hash": "h", "code": 0}),
    "refusal": (answers.read_refusal, {"msg": "no", "err": "never"}),
}
READER = st.sampled_from(sorted(READERS))
FIELDS = st.sampled_from(
    ["totalIssued", "TxType", "TxHash", "TxData", "Txs", "NextTxHash", "qty", "sequence", "msg", "hash", ADDRESS]
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text() | st.just("Issue")
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.text(), inner), max_leaves=12
)
PATHS = st.lists(st.integers(0, 5), max_size=4)


def with_another(document: object, path: list[int], value: object) -> object:
    """Return a copy in which what the path leads to is another value."""
    if not path or not document:
        return value
    if isinstance(document, dict):
        name = sorted(document)[path[0] % len(document)]
        return {**document, name: with_another(document[name], path[1:], value)}
    if isinstance(document, list):
        place = path[0] % len(document)
        return [*document[:place], with_another(document[place], path[1:], value), *document[place + 1 :]]
    return value


def read_or_unreadable(reader: str, body: bytes) -> object:
    try:
        return READERS[reader][0](parse_json(body))
    except Unreadable as error:
        unreadable = error
    assert len(str(unreadable)) < 1_000
    return None


@pytest.mark.parametrize("reader", sorted(READERS))
def test_what_a_node_should_answer_can_be_read(reader: str) -> None:
    assert read_or_unreadable(reader, json.dumps(READERS[reader][1]).encode()) is not None


@given(READER, JSON)
def test_any_json_is_read_or_unreadable(reader: str, document: object) -> None:
    read_or_unreadable(reader, json.dumps(document).encode())


@given(READER, PATHS, JSON)
def test_an_answer_with_any_other_value_in_it_is_read_or_unreadable(
    reader: str, path: list[int], value: object
) -> None:
    document = with_another(READERS[reader][1], path, value)
    read_or_unreadable(reader, json.dumps(document).encode())


@given(READER, st.binary(max_size=60), st.integers(0, 200), st.integers(0, 200))
def test_an_answer_with_any_bytes_in_it_is_read_or_unreadable(reader: str, inside: bytes, start: int, end: int) -> None:
    body = json.dumps(READERS[reader][1]).encode()
    read_or_unreadable(reader, body[:start] + inside + body[end:])


@pytest.mark.parametrize(
    "number", ["1e99999999999999999999", "-1e-99999999999999999999", "NaN", "-Infinity", "1" * 5_000, "1.0", "1e0"]
)
def test_numbers_that_nobody_means_are_unreadable(number: str) -> None:
    with pytest.raises(Unreadable):
        answers.read_supply(parse_json(f'{{"totalIssued": {number}, "totalReleased": 1}}'.encode()))


@pytest.mark.parametrize("depth", [10, 900, 990, 10_000, 200_000])
def test_an_answer_of_any_depth_is_unreadable(depth: int) -> None:
    body = f'{{"totalIssued": {"[" * depth}{"]" * depth}, "totalReleased": 1}}'
    with pytest.raises(Unreadable):
        answers.read_supply(parse_json(body.encode()))


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "\\n", "x" * 1_001])
def test_a_text_that_no_url_and_no_ledger_takes_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable, match="printable"):
        answers.read_index_page(parse_json(f'{{"Txs": [], "NextTxHash": "{text}"}}'.encode()))


def test_the_words_of_a_refusal_are_one_short_line() -> None:
    body = json.dumps({"msg": "no\n2026 WARNING\0\ud800", "err": "x" * 100_000}).encode()
    words = answers.read_refusal(parse_json(body))
    assert words.startswith("no?2026 WARNING??; xxx")
    assert len(words) == 1_000
