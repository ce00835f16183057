"""What the client does not ask for, or never asks wrongly."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from app.ndau.keys import PrivateKey, address
from app.ndau.transactions import Issue
from localnet.chain.genesis import Genesis


@pytest.fixture
def url(serve_chain: Callable[[Genesis], str], genesis: Genesis) -> str:
    return serve_chain(genesis)


def body(key: PrivateKey, issue: Issue) -> dict[str, object]:
    return issue.to_json([key.sign(issue.signable_bytes())])


def get(url: str) -> tuple[int, object]:
    with requests.get(url, timeout=10) as response:
        return response.status_code, response.json()


def post(url: str, document: object) -> tuple[int, dict[str, object]]:
    with requests.post(url, json=document, timeout=10) as response:
        return response.status_code, response.json()


def test_an_account_that_does_not_exist_is_an_empty_object(url: str) -> None:
    stranger = address("a", PrivateKey.generate().public_key())
    assert get(f"{url}/account/account/{stranger}") == (200, {})


def test_an_invalid_address_is_refused(url: str) -> None:
    status, answer = get(f"{url}/account/account/ndafoo")
    assert status == 400
    assert "could not validate address (" in str(answer)


def test_prevalidation_tells_the_fee_and_changes_nothing(url: str, genesis: Genesis, key: PrivateKey) -> None:
    issue = Issue(5, 1)
    expected = {"fee_napu": genesis.fee_napu, "sib_napu": 0, "hash": issue.hash(), "code": 0}
    assert post(f"{url}/tx/prevalidate/Issue", body(key, issue)) == (200, expected)
    assert get(f"{url}/transaction/detail/{issue.hash()}") == (200, None)
    assert post(f"{url}/tx/prevalidate/Issue", body(key, issue)) == (200, expected)


def test_prevalidation_tells_what_is_wrong_and_what_is_committed_already(url: str, key: PrivateKey) -> None:
    status, answer = post(f"{url}/tx/prevalidate/Issue", body(PrivateKey.generate(), Issue(5, 1)))
    assert (status, answer["code"], answer["err"]) == (400, 1001, "invalid signature(s): [0]")
    assert post(f"{url}/tx/submit/Issue", body(key, Issue(5, 1)))[0] == 200
    status, answer = post(f"{url}/tx/prevalidate/Issue", body(key, Issue(5, 1)))
    assert (status, answer["code"]) == (202, 1002)


def test_submitting_answers_as_ndau_does(url: str, key: PrivateKey) -> None:
    issue = Issue(5, 1)
    assert post(f"{url}/tx/submit/Issue", body(key, issue)) == (200, {"hash": issue.hash(), "code": 0})
    again = {"hash": issue.hash(), "msg": "tx already committed", "code": 1002}
    assert post(f"{url}/tx/submit/Issue", body(key, issue)) == (202, again)


@pytest.mark.parametrize(
    ("tx_type", "document"),
    [
        ("Transfer", {}),
        ("Issue", []),
        ("Issue", {"qty": 0, "sequence": 1}),
        ("Issue", {"qty": "5"}),
        ("Issue", "x" * 70_000),
    ],
    ids=["type", "list", "nothing", "text", "long"],
)
def test_a_body_that_is_no_issue_is_refused(url: str, tx_type: str, document: object) -> None:
    status, answer = post(f"{url}/tx/submit/{tx_type}", document)
    assert status == 400
    assert str(answer["msg"]).endswith(")")


def test_a_committed_transaction_is_told_in_full(url: str, genesis: Genesis, key: PrivateKey) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    issue = Issue(5, 1)
    post(f"{url}/tx/submit/Issue", body(key, issue))
    _, answer = get(f"{url}/transaction/detail/{issue.hash()}")
    assert isinstance(answer, dict)
    timestamp = answer.pop("Timestamp")
    assert answer == {
        "BlockHeight": 1,
        "TxOffset": 0,
        "Fee": genesis.fee_napu,
        "SIB": 0,
        "TxHash": issue.hash(),
        "TxType": "Issue",
        "TxData": body(key, issue),
    }
    assert before < datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) <= datetime.now(UTC)


def test_the_index_is_paged_without_gap_or_repetition(url: str, key: PrivateKey) -> None:
    for sequence in range(1, 8):
        post(f"{url}/tx/submit/Issue", body(key, Issue(1, sequence)))
    sequences, page_start = [], "start"
    while page_start:
        _, page = get(f"{url}/transaction/before/{page_start}?type=Issue&limit=3")
        assert isinstance(page, dict)
        sequences += [transaction["TxData"]["sequence"] for transaction in page["Txs"]]
        page_start = page["NextTxHash"]
    assert sequences == [7, 6, 5, 4, 3, 2, 1]


def test_a_page_of_other_types_or_from_an_unknown_hash_is_empty(url: str, key: PrivateKey) -> None:
    post(f"{url}/tx/submit/Issue", body(key, Issue(1, 1)))
    empty = (200, {"Txs": [], "NextTxHash": ""})
    assert get(f"{url}/transaction/before/start?type=Transfer") == empty
    assert get(f"{url}/transaction/before/AAAAAAAAAAAAAAAAAAAAAA?type=Issue") == empty


@pytest.mark.parametrize("limit", ["0", "-1", "x", "9" * 50, "²"])
def test_a_wrong_limit_is_refused(url: str, limit: str) -> None:
    assert get(f"{url}/transaction/before/start?limit={limit}")[0] == 400
