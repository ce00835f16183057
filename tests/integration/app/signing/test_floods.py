"""Floods: clients get in within a bounded time, and neither memory, files nor the log grow without bound."""

import contextlib
import json
import select
import socket as sockets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websocket import ABNF, WebSocket

from app.signing.client import SigningClient
from tests.integration.app.signing.process import DEADLINE_SECONDS
from tests.integration.app.signing.speaking import recall_request, shake_hands

Connect = Callable[..., SigningClient]

FLOOD = 400
MOST_FILES = 32 + 2 * 64 + 32
MOST_GROWTH_BYTES = 64 * 2**20
MOST_LINES = 60
ELSEWHERE = "127.0.0.2"


@contextlib.contextmanager
def flooded(port: int, host: str, sent: bytes = b"") -> Iterator[None]:
    """Hold FLOOD connections open, or try to: open another for each that the service closes."""
    stopping, begun = threading.Event(), threading.Event()
    held: list[sockets.socket] = []

    def flood() -> None:
        opened = 0
        while not stopping.is_set():
            with contextlib.suppress(OSError):
                one = sockets.create_connection(("127.0.0.1", port), source_address=(host, 0), timeout=1.0)
                held.append(one)
                opened += 1
                one.sendall(sent)
            if len(held) >= FLOOD:
                closed, _, _ = select.select(held, [], [], 0.01)
                for one in closed:
                    held.remove(one)
                    one.close()
            if opened >= 2 * FLOOD:
                begun.set()

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        assert begun.wait(DEADLINE_SECONDS)
        yield
    finally:
        stopping.set()
        thread.join()
        for one in held:
            one.close()


@pytest.mark.parametrize("host", [ELSEWHERE, "127.0.0.1"], ids=["from elsewhere", "from the client's own address"])
@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost:"], ids=["silent", "half a request"])
def test_a_flood_keeps_no_client_out_and_stays_within_bounds(
    new_service_process: Any, connect: Connect, parties: Any, host: str, sent: bytes
) -> None:
    # So long that no place becomes free by waiting.
    process = new_service_process(handshake_timeout_seconds=300.0)
    before = process.statistics.memory_info().rss
    with flooded(process.port, host, sent):
        client = connect(process.url, timeout_seconds=60.0)
        assert client.sign_issue(1, 1, parties.ndau_texts).signatures
        assert process.statistics.num_fds() < MOST_FILES
        assert process.statistics.memory_info().rss - before < MOST_GROWTH_BYTES
    assert len(process.log) < MOST_LINES


def test_a_client_that_is_in_stays_in_during_a_flood(service_process: Any, connect: Connect, parties: Any) -> None:
    client = connect(service_process.url)
    client.check()
    assert client._channel.connection
    connection = client._channel.connection
    with flooded(service_process.port, "127.0.0.1"):
        for sequence in range(1, 20):
            client.sign_issue(1, sequence, parties.ndau_texts)
    assert client._channel.connection is connection


def test_handshakes_of_tls_that_never_end_keep_no_client_out(
    new_service_process: Any, connect: Connect, parties: Any, certificate: tuple[Path, Path]
) -> None:
    files = {"certificate": str(certificate[0]), "certificate_key": str(certificate[1])}
    process = new_service_process(handshake_timeout_seconds=300.0, **files)
    before = process.statistics.memory_info().rss
    with flooded(process.port, ELSEWHERE, b"\x16\x03\x01\x02\x00\x01\x00"):
        client = connect(process.url, ca_file=certificate[0], timeout_seconds=60.0)
        assert client.sign_issue(1, 1, parties.ndau_texts).signatures
        assert process.statistics.num_fds() < MOST_FILES
        assert process.statistics.memory_info().rss - before < MOST_GROWTH_BYTES
    assert len(process.log) < MOST_LINES


def ping_on(socket: WebSocket) -> None:
    socket.send_frame(ABNF.create_frame("x" * 125, ABNF.OPCODE_PING))


def recall_on(socket: WebSocket) -> None:
    socket.send(json.dumps(recall_request(0)))


@pytest.mark.parametrize("speak", [ping_on, recall_on])
def test_who_asks_without_reading_is_cut_off_before_it_costs_memory(
    new_service_process: Any, open_socket: Any, *, connect: Connect, parties: Any, wait_until: Any, speak: Any
) -> None:
    # It does not answer pings either; on a busy machine that must not be what it is cut off for.
    service_process = new_service_process(ping_interval_seconds=300.0)
    client = connect(service_process.url)
    for sequence in range(1, 101):
        client.sign_issue(1, sequence, parties.ndau_texts)
    before = service_process.statistics.memory_info().rss
    socket = open_socket(service_process.url, sockopt=((sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096),))
    shake_hands(socket, parties.client_key)
    _, port = socket.sock.getsockname()
    reason = f"127.0.0.1 port {port}: it does not read what it is answered"
    with contextlib.suppress(OSError):
        while True:
            speak(socket)
    wait_until(lambda: any(reason in line for line in service_process.log))
    assert service_process.statistics.memory_info().rss - before < MOST_GROWTH_BYTES
    assert connect(service_process.url).check() == parties.ndau_texts


def test_a_client_that_vanished_loses_its_place(
    new_service_process: Any, open_socket: Any, parties: Any, wait_until: Any
) -> None:
    process = new_service_process(ping_interval_seconds=0.2)
    socket = open_socket(process.url)
    shake_hands(socket, parties.client_key)
    _, port = socket.sock.getsockname()
    # It never answers a ping, as a host that has lost its power.
    wait_until(lambda: any(f"127.0.0.1 port {port}: " in line and "ping timeout" in line for line in process.log))


def test_a_slow_trickle_ends_with_the_time_for_the_handshake(new_service_process: Any, wait_until: Any) -> None:
    process = new_service_process(handshake_timeout_seconds=0.5)
    with sockets.create_connection(("127.0.0.1", process.port), timeout=DEADLINE_SECONDS) as slow:
        _, port = slow.getsockname()

        def is_logged() -> bool:
            with contextlib.suppress(OSError):
                slow.sendall(b"G")
            return any(f"127.0.0.1 port {port}: " in line for line in process.log)

        wait_until(is_logged)
