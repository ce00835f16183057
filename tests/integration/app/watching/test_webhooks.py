"""The webhooks' door over real HTTP."""

import asyncio
import hashlib
import hmac
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
import requests

from app.domain.errors import InvalidInput
from app.signing.notices import Notices
from app.watching import door as door_module
from app.watching import webhooks as module
from app.watching.door import Door
from app.watching.webhook_secret import WebhookSecret
from app.watching.webhooks import LONGEST_BODY_BYTES, Webhooks

SECONDS = 20.0
NORTH, SOUTH = "the-secret-of-north", "the-secret-of-south"


@dataclass
class OpenDoor:
    port: int
    pulls: Counter[str] = field(default_factory=Counter)

    def post(self, name: str, body: bytes = b"{}", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(f"http://127.0.0.1:{self.port}/webhooks/{name}", data=body, headers=named, timeout=SECONDS)


@contextmanager
def running_door() -> Iterator[OpenDoor]:
    door = Door("127.0.0.1", 0)
    opened = OpenDoor(door.port)
    webhooks = Webhooks(
        {"north": WebhookSecret(NORTH.encode()), "south": WebhookSecret(SOUTH.encode())},
        {name: lambda name=name: opened.pulls.update([name]) for name in ("north", "south")},  # type: ignore[misc]
        Notices(),
    )
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = Future()

    async def main() -> None:
        serving = asyncio.create_task(door.serve(webhooks.app()))
        ready.set_result((asyncio.get_running_loop(), serving))
        with suppress(asyncio.CancelledError):
            await serving

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    loop, serving = ready.result(SECONDS)
    try:
        yield opened
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def door() -> Iterator[OpenDoor]:
    with running_door() as opened:
        yield opened


def test_who_knows_the_secret_rings_that_exchange_and_no_other(door: OpenDoor) -> None:
    answer = door.post("north", X_Webhook_Secret=NORTH)
    assert (answer.status_code, answer.text) == (204, "")
    assert door.pulls == {"north": 1}


def test_a_signature_of_the_body_rings_too(door: OpenDoor) -> None:
    body = b'{"whatever": "an exchange says"}'
    signature = hmac.new(SOUTH.encode(), body, hashlib.sha256).hexdigest()
    assert door.post("south", body, X_Webhook_Signature=signature).status_code == 204
    assert door.pulls == {"south": 1}
    assert door.post("south", body + b" ", X_Webhook_Signature=signature).status_code == 401
    assert door.pulls == {"south": 1}


@pytest.mark.parametrize(
    "headers", [{}, {"X_Webhook_Secret": SOUTH}, {"X_Webhook_Signature": "00"}, {"X_Webhook_Secret": "é"}]
)
def test_a_wrong_or_missing_secret_rings_nothing_and_is_logged_with_its_peer(
    door: OpenDoor, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = door.post("north", b"{}", **headers)
    assert answer.status_code == 401
    assert answer.text.startswith("the secret or signature is wrong or missing; expected X-Webhook-Secret")
    assert answer.text.count("\n") == 1
    assert not door.pulls
    [line] = [message for message in caplog.messages if message.startswith("webhook refused: 127.0.0.1 port ")]
    assert line.endswith("north: its secret or signature is wrong or missing")
    assert not any(secret in caplog.text for secret in (NORTH, SOUTH))


def test_an_exchange_without_a_webhook_is_not_found_with_any_secret(door: OpenDoor) -> None:
    for name in ("west", "North", "n", "%0Aforged line"):
        assert door.post(name, X_Webhook_Secret=NORTH).status_code == 404
    assert not door.pulls


def test_a_name_cannot_forge_a_line_of_the_log(door: OpenDoor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        door.post("x%0Aforged%1B[31m" + "y" * 1000)
    [line] = [message for message in caplog.messages if message.startswith("webhook of no exchange")]
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) < 200


def test_an_unknown_name_costs_the_same_comparison_as_a_wrong_secret(
    door: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    compare = WebhookSecret.is_known_to

    def counting(self: WebhookSecret, headers: dict[str, str], body: bytes) -> bool:
        asked.append(body)
        return compare(self, headers, body)

    monkeypatch.setattr(WebhookSecret, "is_known_to", counting)
    door.post("west", b"one")
    door.post("north", b"two")
    assert asked == [b"one", b"two"]


def test_a_body_may_be_64_kib_and_no_more(door: OpenDoor) -> None:
    assert door.post("north", b"x" * LONGEST_BODY_BYTES, X_Webhook_Secret=NORTH).status_code == 204
    answer = door.post("north", b"x" * (LONGEST_BODY_BYTES + 1), X_Webhook_Secret=NORTH)
    assert (answer.status_code, answer.text) == (413, "the body is too long; expected at most 65536 bytes\n")
    assert door.pulls == {"north": 1}


def test_a_body_without_an_end_is_cut_off_as_soon_as_it_is_too_long(door: OpenDoor) -> None:
    head = b"POST /webhooks/north HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", door.port), timeout=SECONDS) as line:
        line.sendall(head)
        for _ in range(5):
            line.sendall(chunk)
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_never_arrives_is_not_waited_for(door: OpenDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", door.port), timeout=SECONDS) as line:
        line.sendall(b"POST /webhooks/north HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_who_says_nothing_at_all_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "CONNECTION_SECONDS", 0.2)
    with running_door() as door, socket.create_connection(("127.0.0.1", door.port), timeout=SECONDS) as line:
        with suppress(ConnectionResetError):
            assert line.recv(1) == b""
        assert door.pulls == {}


def test_connections_beyond_the_most_are_hung_up_on_and_free_places_are_given_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door_module, "MOST_CONNECTIONS", 2)
    with running_door() as door:
        held = [socket.create_connection(("127.0.0.1", door.port), timeout=SECONDS) for _ in range(2)]
        with pytest.raises(requests.ConnectionError):
            door.post("north", X_Webhook_Secret=NORTH)
        for line in held:
            line.close()
        deadline = time.monotonic() + SECONDS
        while not door.pulls:
            assert time.monotonic() < deadline
            with suppress(requests.ConnectionError):
                door.post("north", X_Webhook_Secret=NORTH)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_a_post_rings(door: OpenDoor, method: str) -> None:
    url = f"http://127.0.0.1:{door.port}/webhooks/north"
    assert requests.request(method, url, headers={"X-Webhook-Secret": NORTH}, timeout=SECONDS).status_code == 405
    assert not door.pulls


def test_a_port_that_is_taken_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInput, match=f"cannot listen for webhooks on 127.0.0.1 port {port}"):
            Door("127.0.0.1", port)
