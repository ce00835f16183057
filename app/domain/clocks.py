"""Whose clock is wrong: ours or an exchange's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

_FEWEST_TO_COMPARE = 2


@dataclass(frozen=True, slots=True)
class ClockReading:
    """How far an exchange's clock is ahead of ours (behind: negative), give or take half the round trip."""

    exchange: str
    offset_seconds: float
    uncertainty_seconds: float

    def is_off(self, maximum_seconds: float) -> bool:
        """Tell whether it is off by more than this, however long the answer was on its way."""
        return abs(self.offset_seconds) - self.uncertainty_seconds > maximum_seconds


def is_own_clock_wrong(readings: Sequence[ClockReading], off: Collection[ClockReading]) -> bool:
    """Tell whether most exchanges, of at least two, are off in the same direction: then it is our clock.

    Args:
        readings: of all exchanges that answered.
        off: those of them that are off.
    """
    ahead = sum(reading.offset_seconds > 0 for reading in off)
    return len(readings) >= _FEWEST_TO_COMPARE and max(ahead, len(off) - ahead) * 2 > len(readings)
