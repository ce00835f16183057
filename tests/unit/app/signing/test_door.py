import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.signing.door import Door, open_doors
from app.signing.gate import Gate
from app.signing.notices import Notices

Open = Callable[..., list[Door]]
Connect = Callable[[Door], socket.socket]

SEVERAL = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0)) for host in ("127.0.0.1", "127.0.0.2", "192.0.2.1")]


@pytest.fixture
def open_all() -> Iterator[Open]:
    with ExitStack() as stack:

        def make(host: str, port: int = 0, most: int = 1) -> list[Door]:
            gate = Gate(max_proven=1, max_unproven=most, notices=Notices())
            return [stack.enter_context(door) for door in open_doors(host, port, gate)]

        yield make


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as stack:
        yield lambda door: stack.enter_context(socket.create_connection(door.getsockname(), timeout=10.0))


def test_all_addresses_of_a_name_that_are_this_machines_get_a_door_on_one_port(
    open_all: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: SEVERAL)
    doors = open_all("several.example")
    hosts, ports = zip(*(door.getsockname() for door in doors), strict=True)
    assert hosts == ("127.0.0.1", "127.0.0.2")
    assert ports[0] == ports[1] > 0


def test_a_name_of_other_machines_only_gets_no_door(open_all: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: SEVERAL[2:])
    with pytest.raises(OSError, match="assign"):
        open_all("elsewhere.example")


def test_a_port_that_is_taken_opens_no_door(open_all: Open) -> None:
    (taken,) = open_all("127.0.0.1")
    taken.listen()
    with pytest.raises(OSError, match="in use"):
        open_all("127.0.0.1", taken.getsockname()[1])


def test_a_connection_without_a_place_never_leaves_the_door(open_all: Open, connect: Connect) -> None:
    (door,) = open_all("127.0.0.1", most=1)
    door.listen()
    callers = [connect(door) for _ in range(3)]
    # The second takes the place of the first; the third finds a place for nobody while the first has not closed.
    with door.accept()[0], door.accept()[0]:
        door.setblocking(False)
        with pytest.raises(BlockingIOError):
            door.accept()
        assert callers[0].recv(1) == b""
        assert callers[2].recv(1) == b""
        callers[1].settimeout(0.05)
        with pytest.raises(TimeoutError):
            callers[1].recv(1)
