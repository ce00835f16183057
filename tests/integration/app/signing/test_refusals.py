"""Whatever a stranger sends: it is refused, the log says who it was, and clients are served as before."""

import json
import socket as sockets
from collections.abc import Callable
from typing import Any

import pytest
from websocket import ABNF, WebSocket

from app.ndau.keys import PrivateKey
from app.signing.client import SigningClient
from tests.integration.app.signing.process import DEADLINE_SECONDS
from tests.integration.app.signing.speaking import auth_of, recall_request, shake_hands, sign_request

MEBIBYTE = 2**20

Connect = Callable[..., SigningClient]
Attack = Callable[[WebSocket, Any], None]


@pytest.fixture
def service(new_service_process: Callable[..., Any]) -> Any:
    """One for each test: the log tells only the first ten of a minute singly."""
    return new_service_process(handshake_timeout_seconds=2.0)


def wrong_key(socket: WebSocket, _parties: Any) -> None:
    socket.send(json.dumps(auth_of(json.loads(socket.recv()), PrivateKey.generate())))


def stolen_public_key(socket: WebSocket, parties: Any) -> None:
    auth = auth_of(json.loads(socket.recv()), PrivateKey.generate())
    socket.send(json.dumps(auth | {"client_key": str(parties.client_key.public_key())}))


def sign_without_auth(socket: WebSocket, parties: Any) -> None:
    socket.send(json.dumps(sign_request(parties.ndau_texts)))


def recall_without_auth(socket: WebSocket, _parties: Any) -> None:
    socket.send(json.dumps(recall_request(0)))


def binary_auth(socket: WebSocket, parties: Any) -> None:
    socket.send_binary(json.dumps(auth_of(json.loads(socket.recv()), parties.client_key)).encode())


def a_mebibyte(socket: WebSocket, _parties: Any) -> None:
    socket.send("x" * MEBIBYTE)


def a_mebibyte_in_fragments(socket: WebSocket, _parties: Any) -> None:
    for number in range(32):
        opcode = ABNF.OPCODE_CONT if number else ABNF.OPCODE_TEXT
        socket.send_frame(ABNF.create_frame("x" * (MEBIBYTE // 32), opcode, fin=0))


def endless_fragments(socket: WebSocket, _parties: Any) -> None:
    socket.send_frame(ABNF.create_frame("x", ABNF.OPCODE_TEXT, fin=0))
    for _ in range(5_000):
        socket.send_frame(ABNF.create_frame("", ABNF.OPCODE_CONT, fin=0))


def deep_nesting(socket: WebSocket, _parties: Any) -> None:
    socket.send('{"type":' * 8_000)


def lines_for_the_log(socket: WebSocket, _parties: Any) -> None:
    socket.send('{"type":"auth","\\n2026 WARNING all is well\\n":1}')


def nothing(socket: WebSocket, _parties: Any) -> None:
    socket.recv()


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (wrong_key, "is not among those allowed"),
        (stolen_public_key, "the signature is not one by the client key"),
        (sign_without_auth, "the first message is 'sign'; expected 'auth'"),
        (recall_without_auth, "the first message is 'recall'; expected 'auth'"),
        (binary_auth, "the message is binary"),
        (a_mebibyte, "message too big"),
        (a_mebibyte_in_fragments, "message too big"),
        (endless_fragments, "fragments"),
        (deep_nesting, "the message is wrong"),
        (lines_for_the_log, "the message is wrong"),
        (nothing, "no handshake within 2.0 s"),
    ],
)
def test_a_stranger_is_sent_away_and_the_log_says_who_and_why(
    service: Any, open_socket: Any, *, connect: Connect, parties: Any, wait_until: Any, attack: Attack, reason: str
) -> None:
    socket = open_socket(service.url)
    _, port = socket.sock.getsockname()
    try:
        attack(socket, parties)
        while socket.recv_data()[0] != ABNF.OPCODE_CLOSE:
            pass
    except OSError:
        pass  # Closed while it was still sending.
    wait_until(lambda: any(f"127.0.0.1 port {port}: " in line and reason in line for line in service.log))
    assert not any(line.startswith("2026") for line in service.log)
    assert connect(service.url).check() == parties.ndau_texts


@pytest.mark.parametrize(
    "sent",
    [b"", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 70_000],
    ids=["silence", "TLS", "half a request", "no websocket", "garbage"],
)
def test_what_is_no_websocket_is_sent_away_and_the_log_says_who(
    service: Any, connect: Connect, parties: Any, wait_until: Any, sent: bytes
) -> None:
    with sockets.create_connection(("127.0.0.1", service.port), timeout=DEADLINE_SECONDS) as stranger:
        _, port = stranger.getsockname()
        stranger.sendall(sent)
        try:
            while stranger.recv(4_096):
                pass
        except ConnectionError:
            pass  # Closed without having read everything.
        wait_until(lambda: any(f"127.0.0.1 port {port}: " in line for line in service.log))
    assert connect(service.url).check() == parties.ndau_texts


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (json.dumps(sign_request(("npub",)) | {"tx_type": "Transfer"}), "refused a request (bad_request): "),
        (json.dumps(sign_request((str(PrivateKey.generate().public_key()),))), "refused a request (unknown_key): "),
        ('{"type":"sign"}', "turned away a connection: "),
        ('{"type":"auth"}', "turned away a connection: "),
    ],
)
def test_what_a_client_should_not_ask_is_refused_and_the_log_says_who(
    service: Any, open_socket: Any, *, parties: Any, wait_until: Any, text: str, reason: str
) -> None:
    socket = open_socket(service.url)
    shake_hands(socket, parties.client_key)
    _, port = socket.sock.getsockname()
    socket.send(text)
    wait_until(lambda: any(f"{reason}127.0.0.1 port {port}: " in line for line in service.log))
