from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.domain.errors import Unavailable
from app.watching.board import LIFETIME_SECONDS, StreamBoard
from app.watching.stream_state import StreamState
from tests.integration.exchanges.budgets.conftest import Valkey

STATES = [
    StreamState("north", is_up=True, since=datetime(2026, 1, 2, tzinfo=UTC)),
    StreamState("south", is_up=False, since=datetime(2026, 1, 3, tzinfo=UTC), problem="cut"),
]


@pytest.fixture
def board(valkey: Valkey) -> Iterator[StreamBoard]:
    board = StreamBoard(valkey.url)
    yield board
    board.close()


def test_what_is_written_is_read_by_name(board: StreamBoard) -> None:
    board.write(STATES)
    assert board.read(["south", "west", "north"]) == {state.name: state for state in STATES}
    assert board.read([]) == {}


def test_a_state_vanishes_when_nobody_writes_it_again(board: StreamBoard, valkey: Valkey) -> None:
    board.write(STATES)
    with valkey.client() as client:
        lifetimes = [client.ttl(key) for key in client.scan_iter("meic:stream:*")]
    assert lifetimes
    assert all(0 < seconds <= LIFETIME_SECONDS for seconds in lifetimes)


def test_a_watcher_that_ends_takes_its_states_along(board: StreamBoard) -> None:
    board.write(STATES)
    board.clear(["north"])
    assert set(board.read(["north", "south"])) == {"south"}


def test_what_another_release_wrote_is_as_good_as_nothing(board: StreamBoard, valkey: Valkey) -> None:
    with valkey.client() as client:
        client.set("meic:stream:north", '{"name": "north"}')
        client.set("meic:stream:south", "7")
    assert board.read(["north", "south"]) == {}


def test_a_server_that_is_away_is_told_as_such(board: StreamBoard, valkey: Valkey) -> None:
    valkey.kill()
    with pytest.raises(Unavailable, match="cannot be stored"):
        board.write(STATES)
    with pytest.raises(Unavailable, match="cannot be read"):
        board.read(["north"])
    with pytest.raises(Unavailable, match="cannot be cleared"):
        board.clear(["north"])
