from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import ExchangeUnavailable
from exchanges.server_clock import ServerClock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class TwoClocks:
    """Ours, and an exchange's that is ahead of it and takes a while to tell."""

    def __init__(self, ahead_seconds: float, trip_seconds: float = 0.0) -> None:
        self.ahead = timedelta(seconds=ahead_seconds)
        self.trip = timedelta(seconds=trip_seconds)
        self.ours = NOON
        self.seconds = 0.0
        self.readings = 0
        self.clock = ServerClock(self.read, now=lambda: self.ours, monotonic=lambda: self.seconds)

    def read(self) -> datetime:
        self.readings += 1
        self.ours += self.trip
        told = self.ours + self.ahead
        self.ours += self.trip
        return told


def test_the_offset_is_measured_once_and_applied() -> None:
    clocks = TwoClocks(ahead_seconds=-3)
    assert clocks.clock.now() == NOON - timedelta(seconds=3)
    clocks.ours += timedelta(seconds=100)
    assert clocks.clock.now() == NOON + timedelta(seconds=97)
    assert clocks.readings == 1


def test_the_way_there_and_back_is_taken_out() -> None:
    clocks = TwoClocks(ahead_seconds=2, trip_seconds=1.5)
    assert clocks.clock.now() == clocks.ours + timedelta(seconds=2)


def test_an_old_or_doubted_measurement_is_taken_again() -> None:
    clocks = TwoClocks(ahead_seconds=1)
    clocks.clock.now()
    clocks.ahead = timedelta(seconds=2)
    clocks.clock.forget()
    assert clocks.clock.now() == NOON + timedelta(seconds=2)
    clocks.ahead = timedelta(seconds=3)
    clocks.seconds = 601.0
    assert clocks.clock.now() == NOON + timedelta(seconds=3)


@pytest.mark.parametrize("ahead", [5.1, -5.1, 86_400.0])
def test_clocks_that_are_far_apart_stop_everything_until_one_is_set(ahead: float) -> None:
    clocks = TwoClocks(ahead)
    with pytest.raises(ExchangeUnavailable, match=rf"clock is \{ahead:+.1f} s from .* at most 5 s"):
        clocks.clock.now()
    clocks.ahead = timedelta(seconds=5)
    assert clocks.clock.now() == NOON + timedelta(seconds=5)
