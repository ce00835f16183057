import gc
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.signing.gate import Gate
from app.signing.notices import Notices
from app.signing.peers import Peer

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"

Arrive = Callable[[Peer], socket.socket | None]


@pytest.fixture
def gate() -> Gate:
    return Gate(max_proven=2, max_unproven=4, notices=Notices())


@pytest.fixture
def arrive(gate: Gate) -> Iterator[Arrive]:
    """Have somebody connect; gives the gate's end, or None when there was no place."""
    with ExitStack() as stack:

        def connect(peer: Peer) -> socket.socket | None:
            near, far = socket.socketpair()
            stack.enter_context(near)
            stack.enter_context(far)
            return near if gate.enter(near, peer) else None

        yield connect


def is_shut(one: socket.socket | None) -> bool:
    assert one
    one.setblocking(False)
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False


def test_who_comes_when_all_places_are_taken_takes_one_of_those_who_came_from_where_most_come_from(
    arrive: Arrive,
) -> None:
    alone = arrive(Peer(HERE, 1))
    flood = [arrive(Peer(ELSEWHERE, port)) for port in range(3)]
    assert not is_shut(alone)
    assert arrive(Peer(ELSEWHERE, 9))
    assert not is_shut(alone)
    assert sum(map(is_shut, flood)) == 1


def test_anyone_of_a_flood_may_be_the_one_who_goes() -> None:
    gone = set[int]()
    for _ in range(200):
        gate = Gate(max_proven=2, max_unproven=4, notices=Notices())
        pairs = [socket.socketpair() for _ in range(5)]
        for port, (near, _) in enumerate(pairs):
            gate.enter(near, Peer(HERE, port))
        gone |= {port for port, (near, _) in enumerate(pairs) if is_shut(near)}
        for one in sum(pairs, ()):
            one.close()
    assert gone == {0, 1, 2, 3}


def test_a_client_keeps_its_place_whoever_comes(gate: Gate, arrive: Arrive) -> None:
    client = arrive(Peer(HERE, 1))
    assert gate.prove(Peer(HERE, 1))
    assert gate.has_proven(Peer(HERE, 1))
    for port in range(2, 100):
        arrived = arrive(Peer(HERE, port))
        if arrived:
            arrived.close()
    assert not is_shut(client)


def test_there_are_never_more_than_so_many_clients(gate: Gate, arrive: Arrive) -> None:
    first = arrive(Peer(HERE, 1))
    assert first
    for port in (2, 3):
        arrive(Peer(HERE, port))
    assert [gate.prove(Peer(HERE, port)) for port in (1, 2, 3)] == [True, True, False]
    first.close()
    gate.sweep()
    assert gate.prove(Peer(HERE, 3))


def test_while_those_sent_away_have_not_closed_there_are_at_most_twice_as_many(arrive: Arrive) -> None:
    arrived = [arrive(Peer(HERE, port)) for port in range(20)]
    assert sum(one is not None for one in arrived) == 8
    for one in arrived:
        if one and is_shut(one):
            one.close()
    assert arrive(Peer(HERE, 21))


def test_a_stranger_who_leaves_is_told_of_once(gate: Gate, arrive: Arrive, caplog: pytest.LogCaptureFixture) -> None:
    silent, refused, client = (arrive(Peer(HERE, port)) for port in (1, 2, 3))
    gate.prove(Peer(HERE, 3))
    gate.turn_away(Peer(HERE, 2), "a reason")
    gate.turn_away(Peer(HERE, 2), "a consequence")
    for one in (silent, refused, client):
        assert one
        one.close()
    gate.sweep()
    gate.sweep()
    assert [message.split(": ", 1)[1] for message in caplog.messages] == [
        "192.0.2.1 port 2: a reason",
        "192.0.2.1 port 1: it ended, or was too slow, before it had proven who it is",
    ]


def test_what_many_closed_connections_leave_behind_is_collected(
    arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected = list[bool]()
    monkeypatch.setattr(gc, "collect", lambda: collected.append(True))
    for port in range(100):
        one = arrive(Peer(HERE, port))
        assert one
        one.close()
    assert len(collected) == 3


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1:2:3", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_an_ipv6_host_counts_with_all_addresses_it_could_choose(host: str, site: str) -> None:
    assert Peer(host, 1).site == site
