"""Clocks: true time is the scheduler's; this host's and every exchange's own are off by some seconds."""

from datetime import UTC, datetime, timedelta

from tests.simulation.faults import Dice, Fault
from tests.simulation.scheduler import SECOND, Scheduler

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MOST_OFF_US = 2 * SECOND
"""How far any clock may be from true time: the drivers take clocks that are up to 5 s from each other."""


class TrueTime:
    """Time as nobody's clock jumps."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def monotonic(self) -> float:
        """Return seconds since the beginning."""
        return self._scheduler.now_us / SECOND


class HostClock:
    """The clock of the host that all our processes run on; it may jump."""

    def __init__(self, scheduler: Scheduler, dice: Dice) -> None:
        self._scheduler = scheduler
        self._dice = dice
        self._off_us = dice.between(-MOST_OFF_US, MOST_OFF_US)

    def now(self) -> datetime:
        """Return what the clock shows."""
        return BEGINNING + timedelta(microseconds=self._scheduler.now_us + self._off_us)

    def wait(self, seconds: float) -> None:
        """Let the process that runs wait."""
        process = self._scheduler.current
        assert process is not None
        process.pause(int(seconds * SECOND))

    def jump_now_and_then(self) -> None:
        """Jump, perhaps, and again later."""
        if self._dice.strikes(Fault.CLOCK_JUMP):
            self._off_us = self._dice.between(-MOST_OFF_US, MOST_OFF_US)
            self._scheduler.note("clock", f"is {self._off_us / SECOND:+.3f} s off")
        self._scheduler.after(self._dice.between(5, 30) * SECOND, self.jump_now_and_then)
