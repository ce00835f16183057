import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from app.domain.errors import ExchangeUnavailable
from app.domain.halts import Scope
from app.ports.exchanges import OrderTrackingSystem
from app.services.check_clocks import ClockRules, check_clocks
from app.store.ledger import SqlLedger
from tests.fakes.ots import FakeOts
from tests.unit.app.services.ledgers import EventfulClock, Ledgers

RULES = ClockRules(maximum_offset_seconds=5, interval_seconds=60)


class World:
    """Exchanges whose clocks are off by so many seconds; the round trip takes no time unless told otherwise."""

    def __init__(self, ledger: SqlLedger, clock: EventfulClock) -> None:
        self.ledger = ledger
        self.clock = clock
        self.offsets: dict[str, float] = {}
        self.round_trip_seconds = 0.0
        self.away: set[str] = set()

    def ots(self, name: str) -> OrderTrackingSystem:
        if name in self.away:
            raise ExchangeUnavailable("away")
        return FakeOts(name, now=self._time_of(name))

    def check(self, *, after_seconds: float = 60) -> dict[str, float]:
        """Compare all clocks, as beat does every minute."""
        self.clock.wait(after_seconds)
        return check_clocks(self.ledger, sorted(self.offsets), self.ots, self.clock, RULES)

    @property
    def halted(self) -> list[tuple[str, str | None]]:
        assert all(halt.who == "clock" for halt in self.ledger.halts.active())
        return [(str(halt.scope), halt.exchange) for halt in self.ledger.halts.active()]

    def _time_of(self, name: str) -> Callable[[], datetime]:
        def now() -> datetime:
            self.clock.wait(self.round_trip_seconds / 2)
            theirs = self.clock.now() + timedelta(seconds=self.offsets[name])
            self.clock.wait(self.round_trip_seconds / 2)
            return theirs

        return now


@pytest.fixture
def world(ledgers: Ledgers) -> Iterator[World]:
    clock = EventfulClock()
    with ledgers.fresh(clock) as ledger:
        yield World(ledger, clock)


def test_clocks_that_agree_halt_nothing_and_leave_no_event(world: World) -> None:
    world.offsets = {"north": 4.9, "south": -5, "west": 0}
    for _ in range(3):
        assert world.check() == world.offsets
    assert world.halted == []
    assert world.ledger.events.recent(10) == []


def test_a_clock_that_is_off_twice_in_a_row_halts_publishing_there(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.offsets = {"north": 5.1, "south": 0, "west": 0}
    world.check()
    assert world.halted == []
    world.check()
    assert world.halted == [(Scope.PUBLISHING, "north")]
    (halt,) = world.ledger.halts.active()
    assert halt.why.startswith("the clock of north is 5.1 s ahead of ours, twice in a row")
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == [
        f"publishing on north is halted: {halt.why}"
    ]


def test_a_clock_that_was_right_in_between_is_not_off_twice_in_a_row(world: World) -> None:
    for offset in (9, 0, 9, 0, 9):
        world.offsets = {"north": offset}
        world.check()
    assert world.halted == []
    assert [event.kind for event in world.ledger.events.recent(10)] == [
        "ClockOff",
        "ClockRight",
        "ClockOff",
        "ClockRight",
        "ClockOff",
    ]


def test_a_reading_long_ago_is_none_in_a_row(world: World) -> None:
    world.offsets = {"north": -9}
    world.check()
    world.check(after_seconds=600)
    assert world.halted == []


def test_a_bell_that_rings_twice_is_one_comparison(world: World) -> None:
    world.offsets = {"north": -9}
    world.check()
    world.check(after_seconds=0.1)
    world.check(after_seconds=0.1)
    assert world.halted == []
    world.check()
    assert world.halted == [(Scope.PUBLISHING, "north")]


@pytest.mark.parametrize("offset", [7, -7])
def test_when_most_clocks_are_off_the_same_way_ours_is_wrong_and_everything_halts(world: World, offset: float) -> None:
    world.offsets = {"north": offset, "south": 1.5 * offset, "west": 0}
    world.check()
    world.check()
    assert world.halted == [(Scope.PUBLISHING, None), (Scope.ISSUING, None)]
    assert "this machine's clock is wrong" in world.ledger.halts.active()[0].why


def test_clocks_off_in_different_directions_are_theirs(world: World) -> None:
    world.offsets = {"north": 7, "south": -7}
    world.check()
    world.check()
    assert world.halted == [(Scope.PUBLISHING, "north"), (Scope.PUBLISHING, "south")]


def test_the_only_exchange_cannot_tell_whose_clock_is_wrong_so_only_publishing_there_halts(world: World) -> None:
    world.offsets = {"north": 7}
    world.check()
    world.check()
    assert world.halted == [(Scope.PUBLISHING, "north")]


def test_half_the_round_trip_is_not_taken_for_an_offset(world: World) -> None:
    world.offsets = {"north": 0}
    world.round_trip_seconds = 30
    for _ in range(2):
        assert world.check() == {"north": 0}
    assert world.halted == []


def test_what_a_slow_round_trip_may_explain_does_not_halt(world: World) -> None:
    world.offsets = {"north": 12}
    world.round_trip_seconds = 20
    world.check()
    world.check()
    assert world.halted == []


def test_an_exchange_that_does_not_answer_is_left_out(world: World) -> None:
    world.offsets = {"north": 9, "south": 0, "west": 0}
    world.check()
    world.away = {"north"}
    assert world.check() == {"south": 0, "west": 0}
    assert world.halted == []
