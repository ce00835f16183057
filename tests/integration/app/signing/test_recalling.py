"""What the service tells of its journal, page by page, and what the client believes."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from websocket import WebSocket
from websockets.sync.server import ServerConnection

from app.domain.errors import SignerRefused, SignerUnavailable
from app.ndau.transactions import Issue
from app.signing.client import SigningClient
from tests.integration.app.signing.speaking import ask, close_code, recall_request, shake_hands, sign_request

OpenSocket = Callable[..., WebSocket]
Connect = Callable[..., SigningClient]
Answer = Callable[[dict[str, Any]], dict[str, Any]]


def fill_journal(home: Any, count: int) -> None:
    """Have these sequences signed, every second from 2 on, without waiting for the disk each time."""
    with closing(sqlite3.connect(home / "journal.sqlite3")) as journal, journal:
        rows = [(2 * n, n, n, "npub") for n in range(1, count + 1)]
        journal.executemany("INSERT INTO issue VALUES (?, ?, ?, ?)", rows)


@pytest.mark.parametrize("count", [499, 500, 501, 1_000, 1_234])
def test_a_long_memory_is_told_whole_and_in_order(
    service_url: str, connect: Connect, settings: Any, count: int
) -> None:
    fill_journal(settings.home, count)
    told = connect(service_url).recall(0)
    assert [(each.quantity_napu, each.sequence) for each in told] == [(n, 2 * n) for n in range(1, count + 1)]
    assert {each.tx_hash for each in told} == {Issue(n, 2 * n).hash() for n in range(1, count + 1)}


def test_a_page_holds_500_and_says_whether_there_are_more(
    service_url: str, open_socket: OpenSocket, settings: Any, parties: Any
) -> None:
    fill_journal(settings.home, 1_001)
    socket = open_socket(service_url)
    shake_hands(socket, parties.client_key)
    request = recall_request(2)
    first = ask(socket, request)
    assert first.keys() == {"type", "id", "transactions", "more"}
    assert (first["type"], first["id"], first["more"]) == ("recalled", request["id"], True)
    assert first["transactions"] == [{"qty": n, "sequence": 2 * n} for n in range(2, 502)]
    last = ask(socket, recall_request(1_002))
    assert (len(last["transactions"]), last["transactions"][-1]["sequence"], last["more"]) == (500, 2_002, False)


@pytest.mark.parametrize("after", [-1, 2**63, True, 1.0, "1", None])
def test_a_recall_from_no_sequence_is_refused_by_its_id(
    service_url: str, open_socket: OpenSocket, parties: Any, after: object
) -> None:
    socket = open_socket(service_url)
    shake_hands(socket, parties.client_key)
    bad = recall_request(after)
    refused = ask(socket, bad)
    assert (refused["type"], refused["id"], refused["code"]) == ("refused", bad["id"], "bad_request")
    assert ask(socket, sign_request(parties.ndau_texts))["type"] == "signed"


def test_a_recall_before_the_handshake_is_not_answered(service_url: str, open_socket: OpenSocket) -> None:
    socket = open_socket(service_url)
    socket.recv()
    socket.send(json.dumps(recall_request(0)))
    assert close_code(socket) == 1008


def test_a_journal_that_cannot_be_read_recalls_nothing(
    service_url: str, open_socket: OpenSocket, parties: Any, settings: Any
) -> None:
    socket = open_socket(service_url)
    shake_hands(socket, parties.client_key)
    with closing(sqlite3.connect(settings.home / "journal.sqlite3")) as journal:
        journal.execute("DROP TABLE issue")
    socket.send(json.dumps(recall_request(0)))
    assert close_code(socket) == 1011


def recalled(request: dict[str, Any], sequences: list[int], **changes: object) -> dict[str, Any]:
    transactions = [{"qty": 1, "sequence": sequence} for sequence in sequences]
    return {"type": "recalled", "id": request["id"], "transactions": transactions, "more": False, **changes}


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: recalled(request, [7, 6]),
        lambda request: recalled(request, [7, 7]),
        lambda request: recalled(request, [5]),
        lambda request: recalled(request, [], more=True),
        lambda request: recalled(request, [0]),
        lambda request: recalled(request, list(range(6, 507))),
        lambda request: recalled(request, [6], id="00000000-0000-4000-8000-000000000000"),
        lambda request: recalled(request, [6], more=1),
        lambda request: {"type": "signed", "id": request["id"], "tx_hash": "a", "signatures": ["a"]},
    ],
    ids=["falling", "twice", "not above", "more of nothing", "no sequence", "too many", "id", "more", "signed"],
)
def test_a_memory_that_is_none_is_not_believed(
    impostor: Callable[..., str], greet: Callable[[ServerConnection], None], connect: Connect, answer: Answer
) -> None:
    def script(connection: ServerConnection) -> None:
        greet(connection)
        for text in connection:
            connection.send(json.dumps(answer(json.loads(text))))

    with pytest.raises(SignerUnavailable):
        connect(impostor(script)).recall(5)


def test_a_service_that_refuses_to_tell_says_why(
    impostor: Callable[..., str], greet: Callable[[ServerConnection], None], connect: Connect
) -> None:
    def script(connection: ServerConnection) -> None:
        greet(connection)
        request = json.loads(connection.recv())
        refusal = {"type": "refused", "id": request["id"], "code": "bad_request", "message": "not today"}
        connection.send(json.dumps(refusal))
        connection.recv()

    with pytest.raises(SignerRefused, match="not today"):
        connect(impostor(script)).recall(5)


def test_a_service_that_is_too_old_to_recall_is_to_be_upgraded(
    impostor: Callable[..., str], greet: Callable[[ServerConnection], None], connect: Connect
) -> None:
    requests = list[str | bytes]()

    def as_before_recall_was_known(connection: ServerConnection) -> None:
        greet(connection)
        requests.append(connection.recv())
        connection.close(1002, "the message is not one of the protocol")

    with pytest.raises(SignerUnavailable, match="upgrade the signing service"):
        connect(impostor(as_before_recall_was_known)).recall(0)
    assert len(requests) == 1
