import asyncio
import json
import socket as sockets
import sqlite3
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from websocket import ABNF, WebSocket, WebSocketBadStatusException

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey, PublicKey, Signature
from app.signing.service import run
from tests.integration.app.signing.speaking import auth_of, close_code, shake_hands, sign_request

OpenSocket = Callable[..., WebSocket]


def test_the_handshake_is_the_one_of_the_protocol_to_the_letter(
    service_url: str, open_socket: OpenSocket, parties: Any
) -> None:
    socket = open_socket(service_url)
    hello = json.loads(socket.recv())
    auth = auth_of(hello, parties.client_key)
    socket.send(json.dumps(auth))
    ready = json.loads(socket.recv())

    service_key = parties.service_key.public_key()
    assert hello.keys() == {"type", "nonce", "service_key"}
    assert (hello["type"], hello["service_key"]) == ("hello", str(service_key))
    assert ready.keys() == {"type", "signature", "keys"}
    assert (ready["type"], ready["keys"]) == ("ready", list(parties.ndau_texts))
    message = b"meic-sign.v1 service" + b64decode(auth["nonce"]) + b64decode(hello["nonce"])
    assert PublicKey.parse(str(service_key)).verify(message, Signature.parse(ready["signature"]))


def test_every_connection_gets_a_nonce_of_its_own(service_url: str, open_socket: OpenSocket) -> None:
    nonces = {json.loads(open_socket(service_url).recv())["nonce"] for _ in range(5)}
    assert len(nonces) == 5
    assert {len(b64decode(nonce)) for nonce in nonces} == {32}


def test_an_auth_recorded_on_another_connection_is_not_accepted(
    service_url: str, open_socket: OpenSocket, parties: Any
) -> None:
    first, second = open_socket(service_url), open_socket(service_url)
    recorded = json.dumps(auth_of(json.loads(first.recv()), parties.client_key))
    first.send(recorded)
    assert json.loads(first.recv())["type"] == "ready"
    second.recv()
    second.send(recorded)
    assert close_code(second) == 1008


def test_a_client_key_without_its_signature_is_not_accepted(
    service_url: str, open_socket: OpenSocket, parties: Any
) -> None:
    socket = open_socket(service_url)
    stranger = auth_of(json.loads(socket.recv()), PrivateKey.generate())
    socket.send(json.dumps(stranger | {"client_key": str(parties.client_key.public_key())}))
    assert close_code(socket) == 1008


def test_the_services_own_signature_is_not_accepted_as_a_clients(
    start_service: Any, settings: Any, open_socket: OpenSocket, parties: Any
) -> None:
    """Even where a careless operator allows the service's own key as a client."""
    url = start_service(replace(settings, client_keys=(parties.service_key.public_key(),)))
    socket = open_socket(url)
    hello = json.loads(socket.recv())
    nonce = b64decode(hello["nonce"])
    reflected = parties.service_key.sign(b"meic-sign.v1 service" + nonce + nonce)
    socket.send(
        json.dumps(
            {
                "type": "auth",
                "client_key": hello["service_key"],
                "nonce": hello["nonce"],
                "signature": str(reflected),
            }
        )
    )
    assert close_code(socket) == 1008


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"type":"auth"}', '{"type":"hello"}', "signed"])
def test_anything_but_auth_closes_the_connection(service_url: str, open_socket: OpenSocket, text: str) -> None:
    socket = open_socket(service_url)
    socket.recv()
    socket.send(text)
    assert close_code(socket) == 1002


def test_a_request_before_the_handshake_is_not_answered(
    service_url: str, open_socket: OpenSocket, parties: Any
) -> None:
    socket = open_socket(service_url)
    socket.recv()
    socket.send(json.dumps(sign_request(parties.ndau_texts)))
    assert close_code(socket) == 1008


def test_binary_frames_are_not_accepted(service_url: str, open_socket: OpenSocket, parties: Any) -> None:
    socket = open_socket(service_url)
    socket.send_binary(json.dumps(auth_of(json.loads(socket.recv()), parties.client_key)).encode())
    assert close_code(socket) == 1002


def test_frames_above_64_kib_close_the_connection(service_url: str, open_socket: OpenSocket, parties: Any) -> None:
    socket = open_socket(service_url)
    shake_hands(socket, parties.client_key)
    socket.send(" " * (64 * 1024 + 1))
    assert close_code(socket) == 1009


def test_who_does_not_shake_hands_in_time_is_sent_away(
    start_service: Any, settings: Any, open_socket: OpenSocket
) -> None:
    socket = open_socket(start_service(replace(settings, handshake_timeout_seconds=0.1)))
    socket.recv()
    assert close_code(socket) == 1013


def test_clients_above_the_maximum_are_sent_away_until_one_leaves(
    start_service: Any, settings: Any, open_socket: OpenSocket, parties: Any, wait_until: Any
) -> None:
    url = start_service(replace(settings, max_connections=1))
    first, second = open_socket(url), open_socket(url)
    shake_hands(first, parties.client_key)
    second.send(json.dumps(auth_of(json.loads(second.recv()), parties.client_key)))
    assert close_code(second) == 1013
    first.close()

    def there_is_room() -> bool:
        socket = open_socket(url)
        socket.send(json.dumps(auth_of(json.loads(socket.recv()), parties.client_key)))
        opcode, _ = socket.recv_data()
        return bool(opcode == ABNF.OPCODE_TEXT)

    wait_until(there_is_room)


@pytest.mark.parametrize("options", [{"subprotocols": None}, {"suppress_origin": False}])
def test_a_missing_subprotocol_and_a_browsers_page_are_refused_before_hello(
    service_url: str, open_socket: OpenSocket, options: dict[str, object]
) -> None:
    with pytest.raises(WebSocketBadStatusException):
        open_socket(service_url, **options)


@pytest.mark.parametrize(
    "changes",
    [
        {"tx_type": "Transfer"},
        {"tx": {"qty": 5, "sequence": 5, "destination": "nda"}},
        {"tx": {"qty": True, "sequence": 5}},
        {"tx": {"qty": 5.0, "sequence": 5}},
        {"tx": {"qty": 0, "sequence": 5}},
        {"tx": {"qty": 5, "sequence": 2**63}},
        {"keys": []},
        {"keys": ["npubwrong"]},
        {"bytes": "AAAA"},
    ],
)
def test_a_bad_request_is_refused_by_its_id_and_the_connection_goes_on(
    service_url: str, open_socket: OpenSocket, parties: Any, changes: dict[str, object]
) -> None:
    socket = open_socket(service_url)
    shake_hands(socket, parties.client_key)
    bad, good = sign_request(parties.ndau_texts) | changes, sign_request(parties.ndau_texts)
    socket.send(json.dumps(bad))
    refused = json.loads(socket.recv())
    socket.send(json.dumps(good))
    signed = json.loads(socket.recv())
    assert (refused["type"], refused["id"], refused["code"]) == ("refused", bad["id"], "bad_request")
    assert (signed["type"], signed["id"], len(signed["signatures"])) == ("signed", good["id"], 2)


def test_what_has_arrived_when_the_service_stops_is_answered(
    settings: Any, open_socket: OpenSocket, parties: Any
) -> None:
    async def scene() -> None:
        stopping, ready = asyncio.Event(), asyncio.Event()
        lines: list[str] = []

        def announce(line: str) -> None:
            lines.append(line)
            ready.set()

        serving = asyncio.create_task(run(settings, stopping=stopping, announce=announce))
        await ready.wait()
        socket = await asyncio.to_thread(open_socket, lines[0].split()[-2])
        await asyncio.to_thread(shake_hands, socket, parties.client_key)
        journal = sqlite3.connect(settings.home / "journal.sqlite3", isolation_level=None)
        # Whoever holds the journal holds the answer back; the pong shows that the request has arrived.
        journal.execute("BEGIN IMMEDIATE")
        socket.send(json.dumps(sign_request(parties.ndau_texts)))
        socket.ping("arrived")
        _, pong = await asyncio.to_thread(socket.recv_data, control_frame=True)
        stopping.set()
        journal.execute("ROLLBACK")
        journal.close()
        assert pong == b"arrived"
        assert json.loads(await asyncio.to_thread(socket.recv))["type"] == "signed"
        assert await asyncio.to_thread(close_code, socket) == 1001
        socket.shutdown()  # type: ignore[no-untyped-call]  # the library has no types here
        await serving

    asyncio.run(scene())


def test_nothing_is_signed_when_the_journal_fails(
    service_url: str, open_socket: OpenSocket, parties: Any, settings: Any
) -> None:
    socket = open_socket(service_url)
    shake_hands(socket, parties.client_key)
    journal = sqlite3.connect(settings.home / "journal.sqlite3", isolation_level=None)
    journal.execute("DROP TABLE issue")
    journal.close()
    socket.send(json.dumps(sign_request(parties.ndau_texts)))
    assert close_code(socket) == 1011


def test_a_port_that_is_taken_stops_the_start(settings: Any) -> None:
    with sockets.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInput, match=f"cannot listen on 127.0.0.1 port {port}"):
            asyncio.run(run(replace(settings, port=port), stopping=asyncio.Event(), announce=print))
