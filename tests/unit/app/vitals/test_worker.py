import pytest

from app.domain.errors import Unavailable
from app.vitals.worker import CONNECT_SECONDS, STUCK_SECONDS, TURN_SECONDS, WorkerVitals


class World:
    """A worker of two places, and the time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.requests: list[str] = []
        self.vitals = WorkerVitals(2, lambda: self.requests, lambda: self.now)

    def turn_for(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.now += 1
            self.vitals.turned()


@pytest.fixture
def world() -> World:
    world = World()
    world.vitals.connected()
    return world


def test_a_consumer_that_turns_is_well(world: World) -> None:
    world.turn_for(10 * TURN_SECONDS)
    assert world.vitals.consumer() == "its loop turned 0.0 s ago"


def test_a_consumer_that_turns_no_more_is_not(world: World) -> None:
    world.now += TURN_SECONDS + 1
    with pytest.raises(Unavailable, match="61 s ago"):
        world.vitals.consumer()


def test_without_a_broker_it_is_well_for_as_long_as_it_tries_and_says_that_it_is_not_connected(world: World) -> None:
    world.vitals.lost()
    for _ in range(100):
        world.now += 30
        world.vitals.tried()
        assert "it tried to reach the broker" in world.vitals.consumer()
        with pytest.raises(Unavailable, match="no connection to the broker"):
            world.vitals.connection()
    world.vitals.connected()
    assert world.vitals.connection() == "connected"


def test_without_a_broker_one_that_stopped_trying_is_not_well(world: World) -> None:
    world.vitals.lost()
    world.now += CONNECT_SECONDS + 1
    with pytest.raises(Unavailable):
        world.vitals.consumer()


def test_a_pool_with_room_is_well_however_long_its_tasks_take(world: World) -> None:
    world.requests = ["slow"]
    world.turn_for(10 * STUCK_SECONDS)
    assert world.vitals.pool() == "1 of 2 places are taken"


def test_a_full_pool_is_well_as_long_as_tasks_end(world: World) -> None:
    for number in range(20):
        world.requests = [f"task {number}", f"task {number + 1}"]
        world.turn_for(STUCK_SECONDS - 1)
        assert world.vitals.pool() == "2 of 2 places are taken"


def test_a_full_pool_that_ends_nothing_is_stuck(world: World) -> None:
    world.requests = ["one", "two"]
    world.turn_for(STUCK_SECONDS)
    assert world.vitals.pool()
    world.requests = ["one", "two", "one more that waits"]
    world.turn_for(2)
    with pytest.raises(Unavailable, match="all 2 places are taken, and no task has ended for 33"):
        world.vitals.pool()


def test_after_an_outage_nothing_is_stuck_that_nobody_looked_at_meanwhile(world: World) -> None:
    world.requests = ["one", "two"]
    world.turn_for(1)
    world.vitals.lost()
    world.now += 10 * STUCK_SECONDS
    world.vitals.connected()
    assert world.vitals.pool()
