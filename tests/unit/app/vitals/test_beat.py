import pytest

from app.domain.errors import Unavailable
from app.vitals.beat import AWAY_SECONDS, SILENT_SECONDS, BeatVitals


class World:
    """Beat with bells every two seconds and every minute, and the time."""

    def __init__(self, shortest: float = 2.0) -> None:
        self.now = 1000.0
        self.vitals = BeatVitals([60.0, shortest], lambda: self.now)


def test_beat_is_well_while_it_turns_and_rings() -> None:
    world = World()
    for _ in range(100):
        world.now += 2
        world.vitals.turned()
        world.vitals.rang()
        assert world.vitals.loop()
        assert world.vitals.bells() == "the last bell rang 0.0 s ago"


def test_one_that_turns_and_rings_nothing_is_not_well() -> None:
    world = World()
    world.now += SILENT_SECONDS + 1
    world.vitals.turned()
    assert world.vitals.loop()
    with pytest.raises(Unavailable, match="the last bell rang 91 s ago; expected one within 90 s"):
        world.vitals.bells()


def test_one_that_hangs_is_not_well() -> None:
    world = World()
    world.now += SILENT_SECONDS + 1
    with pytest.raises(Unavailable):
        world.vitals.loop()


def test_where_all_bells_are_rare_it_is_given_three_times_the_shortest() -> None:
    world = World(shortest=60.0)
    world.now += 180
    assert world.vitals.bells()
    world.now += 1
    with pytest.raises(Unavailable, match="expected one within 180 s"):
        world.vitals.bells()


def test_while_the_broker_is_away_trying_is_enough() -> None:
    world = World()
    for _ in range(20):
        world.now += 60
        world.vitals.missed()
        assert world.vitals.loop()
        assert "the broker cannot be reached" in world.vitals.bells()
    world.now += AWAY_SECONDS + 1
    with pytest.raises(Unavailable):
        world.vitals.loop()


def test_when_the_broker_is_back_it_has_to_ring_again() -> None:
    world = World()
    world.vitals.missed()
    world.vitals.rang()
    world.now += SILENT_SECONDS + 1
    with pytest.raises(Unavailable):
        world.vitals.bells()
