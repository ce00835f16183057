"""Counting calls so that no window of time ever holds too many: the rule that `budget_script` follows in Valkey too.

A window is cut into slices. A slice counts until the last call that may be in it has left the window, so the count is
never too low, and too high by what came within one slice at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchanges.call_budget import Window

SLICES = 20
"""How many slices a window has; a limit is fully free again one slice after it would be by the stopwatch."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call may not be made now, and after how many seconds it may if nobody else calls."""

    seconds: float
    why: str


def identity(window: Window) -> str:
    """Return what tells a window's counts apart from those of others."""
    return f"{window.counted}/{window.seconds:g}"


def slice_us(window: Window) -> int:
    """Return how long a slice is, in microseconds."""
    return max(1, int(window.seconds * 1_000_000) // SLICES + 1)


def spent(window: Window) -> str:
    """Say that a window is used up."""
    reserve = window.limit - window.ordinary_limit
    kept = f", the last {reserve} for cancels" if reserve else ""
    return f"at most {window.limit} {window.counted} in {window.seconds:g} seconds{kept}"


class SlidingWindows:
    """What was used lately. Not safe for threads."""

    def __init__(self) -> None:
        self._slices: dict[str, dict[int, int]] = {}

    def used(self, window: Window, now_us: int) -> int:
        """Return what counts now."""
        return sum(self._counting(window, now_us).values())

    def refusal(self, costs: Mapping[Window, int], now_us: int, *, is_urgent: bool) -> Refusal | None:
        """Return what keeps a call of these costs from being made, the longest wait of all windows; None if nothing."""
        waits = [(self._wait_us(window, cost, now_us, is_urgent=is_urgent), window) for window, cost in costs.items()]
        wait_us, window = max(waits, key=lambda each: each[0], default=(0, None))
        return Refusal(wait_us / 1_000_000, spent(window)) if window is not None and wait_us else None

    def add(self, window: Window, cost: int, now_us: int) -> None:
        """Count something."""
        if cost:
            slices = self._counting(window, now_us)
            current = now_us // slice_us(window)
            slices[current] = slices.get(current, 0) + cost

    def _wait_us(self, window: Window, cost: int, now_us: int, *, is_urgent: bool) -> int:
        allowed = window.limit_for(is_urgent=is_urgent)
        slices = self._counting(window, now_us)
        # One that costs more than all there is must be possible all the same, when nothing else was used.
        over = sum(slices.values()) + min(cost, allowed) - allowed
        if not cost or over <= 0:
            return 0
        for number in sorted(slices):
            over -= slices[number]
            if over <= 0:
                return (number + SLICES + 1) * slice_us(window) - now_us
        raise AssertionError(window)

    def _counting(self, window: Window, now_us: int) -> dict[int, int]:
        slices = self._slices.setdefault(identity(window), {})
        oldest = now_us // slice_us(window) - SLICES
        for number in [number for number in slices if number < oldest]:
            del slices[number]
        return slices


def costs(windows: Sequence[Window], weight: int, orders: int) -> dict[Window, int]:
    """Return what a call costs in each window."""
    amounts = {"weight": weight, "orders": orders}
    return {window: amounts[window.counted] for window in windows}
