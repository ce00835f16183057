"""What the client does about a service that is not what it should be: only signatures that verify are passed on."""

import json
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from websockets.frames import Opcode
from websockets.sync.server import ServerConnection

from app.domain.errors import AuthenticationFailed, SignerUnavailable
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from app.signing.client import SigningClient
from tests.integration.app.signing.impostors import greet, hello_of

Connect = Callable[..., SigningClient]
Script = Callable[[ServerConnection], None]
Answer = Callable[[dict[str, Any], PrivateKey], dict[str, Any]]

ISSUE = Issue(qty=1, sequence=1)


class TaskTimeIsOver(Exception):
    """What a task's time limit raises, wherever the task is."""


def honest(request: dict[str, Any], key: PrivateKey) -> dict[str, Any]:
    signature = key.sign(ISSUE.signable_bytes())
    return {"type": "signed", "id": request["id"], "tx_hash": ISSUE.hash(), "signatures": [str(signature)]}


def test_a_service_that_cannot_prove_its_key_is_not_believed(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    url = impostor(lambda connection: greet(connection, parties, signer=PrivateKey.generate()))
    with pytest.raises(AuthenticationFailed, match="is not the one expected"):
        connect(url).check()


@pytest.mark.parametrize(
    "answer",
    [
        lambda request, key: honest(request, key) | {"tx_hash": Issue(qty=2, sequence=1).hash()},
        lambda request, key: honest(request, key) | {"signatures": [str(key.sign(b"another message"))]},
        lambda request, _key: honest(request, PrivateKey.generate()),
        lambda request, key: honest(request, key) | {"signatures": honest(request, key)["signatures"] * 2},
        lambda request, key: honest(request, key) | {"signatures": []},
        lambda request, key: honest(request, key) | {"signatures": ["aaaaaaaa"]},
        lambda request, key: honest(request, key) | {"id": "00000000-0000-4000-8000-000000000000"},
        lambda _request, _key: {"type": "ready", "signature": "a", "keys": ["a"]},
        lambda _request, _key: {"type": "sign"},
        lambda request, key: honest(request, key) | {"more": 1},
    ],
    ids=["hash", "message", "key", "twice", "none", "no signature", "id", "type", "from client", "field"],
)
def test_an_answer_that_is_none_is_never_passed_on(
    impostor: Callable[..., str], connect: Connect, parties: Any, answer: Answer
) -> None:
    def script(connection: ServerConnection) -> None:
        greet(connection, parties)
        for text in connection:
            connection.send(json.dumps(answer(json.loads(text), parties.ndau_keys[0])))

    client = connect(impostor(script))
    with pytest.raises(SignerUnavailable):
        client.sign_issue(1, 1, parties.ndau_texts)


def test_a_frame_above_64_kib_is_not_read_into_memory(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    def script(connection: ServerConnection) -> None:
        greet(connection, parties)
        connection.recv()
        connection.send("x" * 65_537)
        connection.recv()

    with pytest.raises(SignerUnavailable, match="a frame of 65537 bytes; expected at most 65536"):
        connect(impostor(script)).sign_issue(1, 1, parties.ndau_texts)


def test_a_connection_lost_in_mid_request_is_opened_again_and_asked_once_more(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    requests: list[dict[str, Any]] = []

    def script(connection: ServerConnection) -> None:
        greet(connection, parties)
        requests.append(json.loads(connection.recv()))
        if len(requests) > 1:
            connection.send(json.dumps(honest(requests[-1], parties.ndau_keys[0])))
            connection.recv()

    signed = connect(impostor(script)).sign_issue(1, 1, parties.ndau_texts)
    assert signed.tx_hash == ISSUE.hash()
    assert requests == [requests[0]] * 2


def test_a_service_that_hangs_up_every_time_is_asked_twice_and_no_more(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    requests: list[str | bytes] = []

    def script(connection: ServerConnection) -> None:
        greet(connection, parties)
        requests.append(connection.recv())

    with pytest.raises(SignerUnavailable, match="did not answer"):
        connect(impostor(script)).sign_issue(1, 1, parties.ndau_texts)
    assert len(requests) == 2


def test_a_late_answer_is_not_taken_for_the_next_requests(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    asked_again = threading.Event()

    def script(connection: ServerConnection) -> None:
        greet(connection, parties)
        request = json.loads(connection.recv())
        if request["tx"]["qty"] == 2:
            asked_again.wait()
        asked_again.set()
        connection.send(json.dumps(honest(request, parties.ndau_keys[0])))
        connection.recv()

    client = connect(impostor(script), timeout_seconds=0.3)
    with pytest.raises(SignerUnavailable, match="nothing came in time"):
        client.sign_issue(2, 2, parties.ndau_texts)
    assert client.sign_issue(1, 1, parties.ndau_texts).tx_hash == ISSUE.hash()


def test_an_answer_that_comes_after_an_interruption_is_not_taken_for_the_next_requests(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    def script(connection: ServerConnection) -> None:
        greet(connection, parties)
        request = json.loads(connection.recv())
        if request["tx"]["qty"] == 2:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
        connection.send(json.dumps(honest(request, parties.ndau_keys[0])))
        connection.recv()

    def interrupt(_number: int, _frame: object) -> None:
        raise TaskTimeIsOver("the task's time is over")

    client = connect(impostor(script))
    client.check()
    previous = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(TaskTimeIsOver):
            client.sign_issue(2, 2, parties.ndau_texts)
    finally:
        signal.signal(signal.SIGUSR1, previous)
    assert client.sign_issue(1, 1, parties.ndau_texts).tx_hash == ISSUE.hash()


def test_the_services_pings_are_answered_while_nothing_is_asked(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    answered: Future[bool] = Future()

    def script(connection: ServerConnection) -> None:
        greet(connection, parties)
        answered.set_result(connection.ping().wait(timeout=10.0))
        connection.recv()

    client = connect(impostor(script))
    with client._own_channel() as channel:
        client._open(channel)
    assert answered.result(timeout=20.0)


@pytest.mark.parametrize("unasked", [None, '{"type":"signed"}', b"binary"], ids=["close", "message", "binary"])
def test_an_idle_connection_that_ends_or_speaks_unasked_is_given_up(
    impostor: Callable[..., str], connect: Connect, parties: Any, wait_until: Any, unasked: str | bytes | None
) -> None:
    def script(connection: ServerConnection) -> None:
        greet(connection, parties)
        if unasked is not None:
            connection.send(unasked)
            connection.recv()

    client = connect(impostor(script))
    with client._own_channel() as channel:
        connection = client._open(channel)
    wait_until(lambda: not connection.is_alive)


@pytest.mark.parametrize("message", ['{"type":"refused"}', "{}", b"binary"])
@pytest.mark.parametrize("greeted", [False, True])
def test_a_service_that_breaks_the_handshake_is_unavailable(
    impostor: Callable[..., str], connect: Connect, parties: Any, message: str | bytes, *, greeted: bool
) -> None:
    def script(connection: ServerConnection) -> None:
        if greeted:
            connection.send(hello_of(parties))
        connection.send(message)
        connection.recv()

    with pytest.raises(SignerUnavailable, match="did not shake hands"):
        connect(impostor(script)).check()


def test_the_other_messages_of_the_protocol_do_not_stand_in_for_hello_and_ready(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    def hello_twice(connection: ServerConnection) -> None:
        connection.send(hello_of(parties))
        connection.send(hello_of(parties))
        connection.recv()

    def ready_at_once(connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "ready", "signature": "a", "keys": ["a"]}))
        connection.recv()

    for script, missing in ((hello_twice, "ready"), (ready_at_once, "hello")):
        with pytest.raises(SignerUnavailable, match=f"expected '{missing}'"):
            connect(impostor(script)).check()


def mute(connection: ServerConnection, parties: Any) -> None:
    """Shake hands, then swallow every pong."""
    send_frame = connection.protocol.send_frame
    connection.protocol.send_frame = lambda frame: None if frame.opcode is Opcode.PONG else send_frame(frame)  # type: ignore[method-assign]
    greet(connection, parties)
    connection.recv()


def test_a_service_that_answers_no_ping_is_taken_for_dead(
    impostor: Callable[..., str], connect: Connect, parties: Any
) -> None:
    client = connect(impostor(lambda connection: mute(connection, parties)), timeout_seconds=0.2)
    with pytest.raises(SignerUnavailable, match="nothing came in time"):
        client.check()


def test_an_idle_connection_without_pongs_is_given_up(
    impostor: Callable[..., str], connect: Connect, parties: Any, wait_until: Any
) -> None:
    url = impostor(lambda connection: mute(connection, parties))
    client = connect(url, timeout_seconds=0.2, ping_interval_seconds=0.05)
    with client._own_channel() as channel:
        connection = client._open(channel)
    assert connection.is_alive
    wait_until(lambda: not connection.is_alive)
    assert client.last_pong_at is None
