"""A call budget of this process alone."""

from collections.abc import Callable, Sequence
from threading import Event, Lock
from time import monotonic

from app.domain.errors import BudgetSpent
from exchanges.call_budget import Window
from exchanges.sliding_windows import Refusal, SlidingWindows, costs

LONGEST_WAIT_SECONDS = 4.0
"""In all, of one call: whoever waits holds a worker's thread and perhaps a lease. More than the windows have that pace calls
(3 s), so that a reading of many calls comes to its end at their pace."""

_SHORTEST_WAIT_SECONDS = 0.001
_STOPPED = "the exchange asked for fewer calls"


def wait(seconds: float) -> None:
    """Return after `seconds`."""
    Event().wait(seconds)


def take_patiently(attempt: Callable[[], Refusal | None], pause: Callable[[float], object], what: str) -> None:
    """Try until it is allowed, as long as that needs no more than LONGEST_WAIT_SECONDS in all.

    Raises:
        BudgetSpent: it would take longer.
    """
    waited = 0.0
    while (refusal := attempt()) is not None:
        if waited + refusal.seconds > LONGEST_WAIT_SECONDS:
            raise BudgetSpent(
                f"{what}: {refusal.why}; not called, again in {refusal.seconds:.1f} s",
                retry_after_seconds=refusal.seconds,
            )
        # Less than a clock can tell apart would be waited for again and again.
        seconds = max(refusal.seconds, _SHORTEST_WAIT_SECONDS)
        pause(seconds)
        waited += seconds


class LocalBudget:
    """One account's budget, shared by the threads of this process; implements `exchanges.call_budget.CallBudget`.

    With several processes each has all of it: the exchange's own answer stays the last word.
    """

    def __init__(
        self,
        windows: Sequence[Window] = (),
        *,
        what: str = "calls",
        monotonic: Callable[[], float] = monotonic,
        pause: Callable[[float], object] = wait,
    ) -> None:
        self._windows = tuple(windows)
        self._what = what
        self._monotonic = monotonic
        self._pause = pause
        self._lock = Lock()
        self._used = SlidingWindows()
        self._stopped_until: dict[str, float] = {}

    def follow(self, windows: Sequence[Window]) -> None:
        """Keep these windows from now on."""
        with self._lock:
            self._windows = tuple(windows)

    def take(self, weight: int = 1, *, orders: int = 0, is_urgent: bool = False, route: str = "") -> None:
        """Count a call, or wait a moment and count it, or raise BudgetSpent."""
        take_patiently(
            lambda: self.attempt(weight, orders=orders, is_urgent=is_urgent, route=route), self._pause, self._what
        )

    def attempt(self, weight: int, *, orders: int, is_urgent: bool, route: str) -> Refusal | None:
        """Count a call, or return why it may not be made now."""
        with self._lock:
            now = self._monotonic()
            stopped = max(self._stopped_until.get("", 0.0), self._stopped_until.get(route, 0.0)) - now
            if stopped > 0:
                return Refusal(stopped, _STOPPED)
            amounts, now_us = costs(self._windows, weight, orders), int(now * 1_000_000)
            refusal = self._used.refusal(amounts, now_us, is_urgent=is_urgent)
            if refusal is None:
                for window, cost in amounts.items():
                    self._used.add(window, cost, now_us)
            return refusal

    def note(self, weight: int, orders: int) -> None:
        """Count a call that somebody else has allowed."""
        with self._lock:
            now_us = int(self._monotonic() * 1_000_000)
            for window, cost in costs(self._windows, weight, orders).items():
                self._used.add(window, cost, now_us)

    def used(self) -> dict[Window, int]:
        """Return what is used of each window now."""
        with self._lock:
            now_us = int(self._monotonic() * 1_000_000)
            return {window: self._used.used(window, now_us) for window in self._windows}

    def told_used(self, weight: int, *, seconds: float = 60.0) -> None:
        """Count what others used of the same account."""
        with self._lock:
            now_us = int(self._monotonic() * 1_000_000)
            for window in self._windows:
                if window.counted == "weight" and window.seconds == seconds:
                    self._used.add(window, max(0, weight - self._used.used(window, now_us)), now_us)

    def stop_for(self, seconds: float, *, route: str = "") -> None:
        """Stop all calls, or those of a route."""
        with self._lock:
            until = self._monotonic() + seconds
            self._stopped_until[route] = max(until, self._stopped_until.get(route, 0.0))
