"""What NdauChain's reading methods make of every way in which a node can answer."""

import json
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest

from app.domain.errors import ChainUnavailable, InvalidInput
from app.ndau.client import NdauChain
from app.ndau.keys import PrivateKey, address
from app.ndau.transactions import Issue
from app.ports.chain import Chain, ChainAccount, ChainSupply, ChainTransaction

KEY = PrivateKey.generate()
ISSUER = address("e", KEY.public_key())
Start = Callable[..., Any]
Answer = Callable[..., Callable[[socket.socket], None]]


def document(issue: Issue, key: PrivateKey = KEY) -> dict[str, object]:
    data = issue.to_json([key.sign(issue.signable_bytes())])
    return {"BlockHeight": 5, "TxHash": issue.hash(), "TxType": "Issue", "TxData": data}


def account(**changes: object) -> str:
    return json.dumps({ISSUER: {"sequence": 7, "validationKeys": [str(KEY.public_key())]} | changes})


def test_the_client_is_the_chain_port() -> None:
    chain: Chain = NdauChain("http://localhost:3030")  # the type checker holds this
    assert chain.issue_hash(928221729443562, 3967002257972388) == "1TKBgjf5Qgs_9RfS-iE-1g"


def test_the_supply_is_read_exactly(scripted_node: Start, answer: Answer) -> None:
    node = scripted_node(answer(200, '{"totalIssued": 9007199254740993, "totalReleased": 9223372036854775807}'))
    assert NdauChain(node.url).supply() == ChainSupply(issued_napu=9007199254740993, released_napu=2**63 - 1)


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "null",
        "nonsense",
        '{"totalIssued": 1.0, "totalReleased": 2}',
        '{"totalIssued": "1", "totalReleased": 2}',
        '{"totalIssued": true, "totalReleased": 2}',
        '{"totalIssued": -1, "totalReleased": 2}',
        '{"totalIssued": NaN, "totalReleased": 2}',
        '{"totalIssued": 9223372036854775808, "totalReleased": 2}',
        '{"totalIssued": ' + "9" * 10_000 + ', "totalReleased": 2}',
    ],
)
def test_a_supply_that_cannot_be_read_is_never_guessed(
    scripted_node: Start, answer: Answer, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(ChainUnavailable, match="cannot be read"):
        NdauChain(scripted_node(answer(200, body)).url).supply()
    assert body[:20] in caplog.text


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_a_node_that_does_not_answer_well_is_unavailable(scripted_node: Start, answer: Answer, status: int) -> None:
    with pytest.raises(ChainUnavailable, match=f"answered {status}: no \\(reason\\)"):
        NdauChain(scripted_node(answer(status, '{"msg": "no (reason)"}')).url).supply()


def test_a_node_that_is_not_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ChainUnavailable):
        NdauChain(f"http://127.0.0.1:{port}").supply()


@pytest.mark.parametrize(
    "variable",
    [json.dumps({"ReleaseFromEndowmentAddress": [ISSUER]}), json.dumps(ISSUER), None],
    ids=["list in a map", "address", "address in a map"],
)
def test_the_issuers_account_is_the_one_that_the_system_variable_names(
    scripted_node: Start, answer: Answer, variable: str | None
) -> None:
    body = variable or json.dumps({"ReleaseFromEndowmentAddress": ISSUER})
    node = scripted_node(answer(200, body), answer(200, account()), answer(200, account(sequence=8)))
    chain = NdauChain(node.url)
    assert chain.issuer_account() == ChainAccount(ISSUER, 7, (str(KEY.public_key()),))
    assert chain.issuer_account().sequence == 8
    paths = [request.split()[1].decode() for request in node.requests]
    account_path = f"/account/account/{ISSUER}"
    assert paths == ["/system/get/ReleaseFromEndowmentAddress", account_path, account_path]


@pytest.mark.parametrize("body", ["{}", "[]", '{"ReleaseFromEndowmentAddress": ["nde"]}', '{"x": 1}', "5"])
def test_an_issuer_that_cannot_be_read_is_never_guessed(scripted_node: Start, answer: Answer, body: str) -> None:
    with pytest.raises(ChainUnavailable, match="ReleaseFromEndowmentAddress"):
        NdauChain(scripted_node(answer(200, body)).url).issuer_account()


@pytest.mark.parametrize(
    "body",
    ["{}", account(sequence="7"), account(validationKeys=[7]), account(sequence=None)],
    ids=["no account", "sequence is text", "key is a number", "no sequence"],
)
def test_an_account_that_is_missing_or_cannot_be_read_is_never_guessed(
    scripted_node: Start, answer: Answer, body: str
) -> None:
    node = scripted_node(answer(200, json.dumps(ISSUER)), answer(200, body))
    with pytest.raises(ChainUnavailable, match="cannot be read"):
        NdauChain(node.url).issuer_account()


def test_a_transaction_is_read_from_the_index(scripted_node: Start, answer: Answer) -> None:
    issue = Issue(5, 7)
    chain = NdauChain(scripted_node(answer(200, json.dumps(document(issue))), answer(200, "null")).url)
    assert chain.transaction(issue.hash()) == ChainTransaction(issue.hash(), 5, 5, 7)
    assert chain.transaction(issue.hash()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"TxType": "Transfer"},
        {"TxHash": Issue(5, 8).hash()},
        {"TxData": {"qty": 6, "sequence": 7, "signatures": []}},
        {"TxData": {"qty": 0, "sequence": 7, "signatures": []}},
        {"BlockHeight": "5"},
    ],
    ids=str,
)
def test_a_transaction_that_is_not_what_its_hash_says_is_refused(
    scripted_node: Start, answer: Answer, changes: dict[str, object]
) -> None:
    body = json.dumps(document(Issue(5, 7)) | changes)
    with pytest.raises(ChainUnavailable, match="cannot be read"):
        NdauChain(scripted_node(answer(200, body)).url).transaction(Issue(5, 7).hash())


def test_another_transaction_than_was_asked_for_is_refused(scripted_node: Start, answer: Answer) -> None:
    body = json.dumps(document(Issue(5, 7)))
    with pytest.raises(ChainUnavailable, match="was asked for"):
        NdauChain(scripted_node(answer(200, body)).url).transaction(Issue(5, 8).hash())


def page(*documents: dict[str, object], next_hash: str = "") -> str:
    return json.dumps({"Txs": list(documents) or None, "NextTxHash": next_hash})


def find(scripted_node: Start, answer: Answer, sequence: int, *pages: str) -> tuple[ChainTransaction | None, int]:
    answers = (answer(200, body) for body in (json.dumps(ISSUER), account(), *pages))
    node = scripted_node(*answers)
    return NdauChain(node.url).issue_with_sequence(sequence), len(node.requests) - 2


def test_an_issue_is_found_by_its_sequence_on_a_later_page(scripted_node: Start, answer: Answer) -> None:
    first = page(document(Issue(1, 9)), next_hash="next")
    second = page(document(Issue(2, 8)), document(Issue(3, 7)), next_hash="more")
    found, pages = find(scripted_node, answer, 7, first, second)
    assert found is not None
    assert (found.quantity_napu, pages) == (3, 2)


def test_the_search_ends_where_the_sequences_fall_below(scripted_node: Start, answer: Answer) -> None:
    bodies = [page(document(Issue(1, 9)), document(Issue(1, 5)), next_hash="next"), page(document(Issue(1, 7)))]
    assert find(scripted_node, answer, 7, *bodies) == (None, 1)


def test_the_search_ends_with_the_index(scripted_node: Start, answer: Answer) -> None:
    assert find(scripted_node, answer, 7, page()) == (None, 1)


def test_an_issue_that_another_accounts_key_signed_is_no_proof(scripted_node: Start, answer: Answer) -> None:
    stranger = document(Issue(1, 7), PrivateKey.generate())
    assert find(scripted_node, answer, 7, page(stranger)) == (None, 1)


def test_an_issue_whose_signature_cannot_be_read_is_no_proof(scripted_node: Start, answer: Answer) -> None:
    strange = document(Issue(1, 7)) | {"TxData": {"qty": 1, "sequence": 7, "signatures": ["?"]}}
    assert find(scripted_node, answer, 7, page(strange)) == (None, 1)


def test_the_search_gives_up_after_so_many_pages_and_says_so(
    scripted_node: Start, answer: Answer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.ndau.client._MOST_PAGES", 2)
    endless = page(document(Issue(1, 9)), next_hash="next")
    assert find(scripted_node, answer, 7, endless, endless, endless) == (None, 2)
    assert "only the newest 200 Issues were looked at" in caplog.text


def test_a_key_of_the_account_that_cannot_be_read_is_passed_over(
    scripted_node: Start, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    keys = ["npubfromthefuture", str(KEY.public_key())]
    bodies = (json.dumps(ISSUER), account(validationKeys=keys), page(document(Issue(3, 7))))
    node = scripted_node(*(answer(200, body) for body in bodies))
    found = NdauChain(node.url).issue_with_sequence(7)
    assert found is not None
    assert found.quantity_napu == 3
    assert "a key that cannot be read" in caplog.text


def test_version_and_health_are_read(scripted_node: Start, answer: Answer) -> None:
    version = '{"NdauVersion": "v1", "NdauSha": "abc", "Network": "mainnet"}'
    chain = NdauChain(scripted_node(answer(200, version), answer(200, '{"Ndau": {"Status": "Ok"}}')).url)
    assert chain.version().network == "mainnet"
    assert chain.health() == "Ok"


@pytest.mark.parametrize(
    "url",
    [
        "http://node.example:3030",
        "ftp://127.0.0.1",
        "127.0.0.1:3030",
        "https://",
        "https://user:password@node.example",
        "https://node.example/?x=1",
        "https://node.example:port",
        "http://127.0.0.1.example",
    ],
)
def test_an_unsafe_or_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="the chain's url") as raised:
        NdauChain(url)
    assert "password" not in str(raised.value)


@pytest.mark.parametrize("url", ["https://node.example:3030/", "http://localhost:3030", "http://[::1]:3030"])
def test_https_anywhere_and_http_on_this_machine_are_fine(url: str) -> None:
    assert NdauChain(url).issue_hash(1, 1) == Issue(1, 1).hash()


@pytest.mark.parametrize("timeout_seconds", [0, -1, float("nan")])
def test_a_timeout_that_is_none_is_refused(timeout_seconds: float) -> None:
    with pytest.raises(InvalidInput, match="timeout"):
        NdauChain("http://localhost:3030", timeout_seconds=timeout_seconds)
