"""What NdauChain.submit_issue makes of every way in which a node can answer, or fail to."""

import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.domain.errors import ChainRejected, ChainUnavailable, InvalidInput, OutcomeUnknown
from app.ndau.client import NdauChain
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue

ISSUE = Issue(150_000_000, 7)
Start = Callable[..., Any]
Answer = Callable[..., Callable[[socket.socket], None]]


def submit(url: str, *, timeout_seconds: float = 10.0) -> None:
    NdauChain(url, timeout_seconds=timeout_seconds).submit_issue(ISSUE.qty, ISSUE.sequence, ["aSignature"])


def test_it_sends_the_transaction_once_and_returns_at_the_commit(scripted_node: Start, answer: Answer) -> None:
    node = scripted_node(answer(200, json.dumps({"hash": ISSUE.hash(), "code": 0})))
    submit(node.url)
    (request,) = node.requests
    assert request.startswith(b"POST /tx/submit/Issue HTTP/1.1\r\n")
    assert json.loads(request.split(b"\r\n\r\n")[1]) == ISSUE.to_json(["aSignature"])


def test_a_transaction_that_was_committed_before_counts_as_done(scripted_node: Start, answer: Answer) -> None:
    body = json.dumps({"hash": ISSUE.hash(), "msg": "tx already committed", "code": 1002})
    node = scripted_node(answer(202, body))
    submit(node.url)
    assert len(node.requests) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"msg": "error submitting transaction (sequence too low)"}, "sequence too low"),
        ({"err": "cannot issue more ndau than have been RFE'd", "code": 1001}, "cannot issue more"),
        ({"msg": "refused", "log": "the reason"}, "refused; the reason"),
    ],
)
def test_a_refusal_is_told_in_the_chains_own_words(
    scripted_node: Start, answer: Answer, body: dict[str, object], words: str
) -> None:
    with pytest.raises(ChainRejected, match=words):
        submit(scripted_node(answer(400, json.dumps(body))).url)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, '{"msg": "the node failed (no peers)"}'),
        (502, "<html>bad gateway</html>"),
        (503, ""),
        (200, "{"),
        (200, "null"),
        (200, "[]"),
        (200, "\xff"),
        (200, "{" * 100_000),
        (200, '{"hash": "AAAAAAAAAAAAAAAAAAAAAA", "code": 0}'),
        (200, json.dumps({"hash": ISSUE.hash()})),
        (200, json.dumps({"hash": ISSUE.hash(), "code": 1})),
        (200, json.dumps({"hash": ISSUE.hash(), "code": 0.0})),
        (200, json.dumps({"hash": ISSUE.hash(), "code": False})),
        (202, json.dumps({"hash": ISSUE.hash(), "code": 0})),
        (201, json.dumps({"hash": ISSUE.hash(), "code": 0})),
        (400, "<html>a proxy's own page</html>"),
        (400, "{}"),
        (400, '{"msg": "error submitting (timed out waiting for tx to be included in a block)"}'),
        (400, '{"msg": "error submitting (tx already exists in cache)"}'),
        (403, '{"msg": "not a word of the chain"}'),
        (429, '{"msg": "slow down"}'),
    ],
)
def test_an_answer_that_says_neither_done_nor_refused_leaves_the_outcome_unknown(
    scripted_node: Start, answer: Answer, status: int, body: str
) -> None:
    with pytest.raises(OutcomeUnknown, match=f"answered {status}"):
        submit(scripted_node(answer(status, body.encode("latin-1"))).url)


def test_a_redirect_is_not_followed(scripted_node: Start, answer: Answer) -> None:
    node = scripted_node(answer(307, "", "Location: /elsewhere"), answer(200, "{}"))
    with pytest.raises(OutcomeUnknown):
        submit(node.url)
    assert len(node.requests) == 1


def test_a_node_that_never_answers_leaves_the_outcome_unknown(scripted_node: Start) -> None:
    done = threading.Event()
    node = scripted_node(lambda _: done.wait(10))
    try:
        with pytest.raises(OutcomeUnknown, match="timed out"):
            submit(node.url, timeout_seconds=0.2)
    finally:
        done.set()
    assert len(node.requests) == 1


def test_an_answer_that_drips_is_cut_off_at_the_timeout(scripted_node: Start) -> None:
    done = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while not done.wait(0.05):
                connection.sendall(b" ")
        except OSError:
            return

    node = scripted_node(drip)
    try:
        with pytest.raises(OutcomeUnknown, match="did not end in time"):
            submit(node.url, timeout_seconds=0.5)
    finally:
        done.set()


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", b"nonsense\r\n\r\n"])
def test_a_connection_lost_before_the_whole_answer_leaves_the_outcome_unknown(
    scripted_node: Start, sent: bytes
) -> None:
    node = scripted_node(lambda connection: connection.sendall(sent))
    with pytest.raises(OutcomeUnknown):
        submit(node.url)
    assert len(node.requests) == 1


def test_an_endless_answer_is_cut_off(scripted_node: Start) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try:
            for _ in range(40):
                connection.sendall(b" " * 2**20)
        except OSError:
            return

    with pytest.raises(OutcomeUnknown, match="longer than"):
        submit(scripted_node(flood).url)


def test_a_node_that_is_not_there_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ChainUnavailable, match="was not sent"):
        submit(f"http://127.0.0.1:{port}")


def test_a_handshake_that_fails_leaves_the_outcome_unknown() -> None:
    # Nothing of the request was sent, but that cannot be told from a failure later on the same connection.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_hang_up, args=(listener,))
        thread.start()
        with pytest.raises(OutcomeUnknown):
            submit(f"https://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()


def _hang_up(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.close()


def test_what_no_chain_could_take_is_refused_before_it_is_sent() -> None:
    with pytest.raises(InvalidInput, match="qty is 0"):
        NdauChain("http://127.0.0.1:1").submit_issue(0, 1, [])


def test_an_unreadable_answer_is_logged_cut_and_without_secrets(
    scripted_node: Start, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    secret = str(PrivateKey.generate())
    node = scripted_node(answer(200, f"echo of {secret} and {'x' * 5000}"))
    with caplog.at_level(logging.WARNING), pytest.raises(OutcomeUnknown) as raised:
        submit(node.url)
    assert "echo of npvt***" in caplog.text
    assert secret[4:20] not in caplog.text + str(raised.value)
    assert len(caplog.records[0].getMessage()) < 1000
