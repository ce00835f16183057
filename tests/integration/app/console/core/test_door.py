"""The console's server on a real port: slow, many and long connections."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from app.console import door as door_module
from app.console.door import Door
from app.domain.errors import InvalidInput

HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


@dataclass
class Running:
    port: int
    stop: Callable[[], object]
    flood_is_over: threading.Event

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(door_module, "MOST_CONNECTIONS", 5)
    monkeypatch.setattr(door_module, "_BEAT_SECONDS", 0.02)
    app = FastAPI()
    app.add_api_route("/health", lambda: {"status": "ok"})
    flood_is_over = threading.Event()
    app.add_api_route("/flood", lambda: StreamingResponse(_flood(flood_is_over)))
    app.add_api_route("/endless", lambda: StreamingResponse(_endless(app), media_type="text/event-stream"))
    door, has_begun, stopping = Door("127.0.0.1", 0), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await door.serve(app, stopping, has_begun.set)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert has_begun.wait(20)
    yield Running(door.port, lambda: loops[0].call_soon_threadsafe(stopping.set), flood_is_over)
    with suppress(RuntimeError):  # it has ended
        loops[0].call_soon_threadsafe(stopping.set)
    thread.join(20)
    assert not thread.is_alive()


async def _endless(app: FastAPI):  # type: ignore[no-untyped-def]
    while not app.state.server.should_exit:
        yield "data: more\n\n"
        await asyncio.sleep(0.02)


async def _flood(is_over: threading.Event):  # type: ignore[no-untyped-def]
    try:
        while True:
            yield b"a" * 65_536
            await asyncio.sleep(0)
    finally:
        is_over.set()


def answer_of(connection: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(4096):
            received += part
    return received


def test_it_answers_and_does_not_say_what_it_is(running: Running) -> None:
    with running.connect() as connection:
        connection.sendall(HEAD + b"Connection: close\r\n\r\n")
        answer = answer_of(connection)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"server:" not in answer.lower()


def test_who_does_not_finish_a_head_is_cut_off(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "HEAD_SECONDS", 0.1)
    for begun in (b"", b"GET / HT", HEAD):
        with running.connect() as connection:
            connection.sendall(begun)
            assert answer_of(connection) == b""


def test_so_is_who_does_not_finish_the_next_one(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with running.connect() as connection:
        connection.sendall(HEAD + b"\r\n")
        answer = b""
        while not answer.endswith(b'{"status":"ok"}'):
            answer += connection.recv(4096)
        monkeypatch.setattr(door_module, "HEAD_SECONDS", 0.1)
        connection.sendall(HEAD)
        assert answer_of(connection) == b""


def test_an_answer_that_lasts_is_not_cut_off(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "HEAD_SECONDS", 0.3)
    with running.connect() as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        begun = time.monotonic()
        while time.monotonic() < begun + 0.6:
            assert connection.recv(4096) != b""


def test_an_answer_that_lasts_does_not_hold_up_the_end(running: Running) -> None:
    with running.connect() as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK")
        running.stop()
        assert answer_of(connection).endswith(b"0\r\n\r\n")


def test_an_answer_that_nobody_reads_is_given_up(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "READ_SECONDS", 0.1)
    with running.connect() as connection:
        connection.sendall(b"GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert running.flood_is_over.wait(10)


def test_a_head_that_is_too_long_is_refused(running: Running) -> None:
    with running.connect() as connection:
        connection.sendall(HEAD + b"X: " + b"a" * 40_000)
        assert answer_of(connection)[:12] in (b"HTTP/1.1 400", b"")


def test_more_connections_than_there_are_places_are_closed_at_once(running: Running) -> None:
    connections = [running.connect() for _ in range(5)]
    with running.connect() as one_more:
        assert answer_of(one_more) == b""
    for connection in connections:
        connection.close()


def test_a_port_that_is_taken_is_told(running: Running) -> None:
    with pytest.raises(InvalidInput, match=rf"cannot listen on 127.0.0.1 port {running.port}"):
        Door("127.0.0.1", running.port)
