"""What one unit of a foreign currency counts for, in dollars."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from app.domain.errors import InvalidInput

MOST_AT_ONCE = Fraction(1, 10)
"""A rate that moves further than this between two readings is rather a mistake; a person has to say it is none."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A reference rate.

    Attributes:
        unit_nanocents: what one unit of the currency counts for when offers are priced, in dollars.
        observed_nanocents: what it was last seen to be worth.
        observed_at: when; older than the limit, it prices no new offer.
        source: who said so.
    """

    currency: str
    unit_nanocents: int
    observed_nanocents: int
    observed_at: datetime
    source: str

    def __post_init__(self) -> None:
        """Refuse what no currency is worth.

        Raises:
            InvalidInput: a worth is not above 0.
        """
        if self.unit_nanocents <= 0 or self.observed_nanocents <= 0:
            raise InvalidInput(f"rate of {self.currency} is {self.observed_nanocents} nanocents; expected above 0")

    def is_older_than(self, seconds: float, now: datetime) -> bool:
        """Tell whether it was observed longer ago than that."""
        return now - self.observed_at > timedelta(seconds=seconds)


def is_a_leap(previous: Rate, observed_nanocents: int) -> bool:
    """Tell whether a currency is further from its last worth than it can be trusted to be at once."""
    return abs(observed_nanocents - previous.observed_nanocents) > MOST_AT_ONCE * previous.observed_nanocents


def counted_for(previous: Rate | None, observed_nanocents: int, margin: Fraction) -> int:
    """Return what a unit counts for now: less than it is worth by the margin, and unchanged while that stays safe.

    Each change moves every offer of that market, to the end of its queue. So it changes only when the worth fell below
    what it counts for, which would sell below the target price, or rose by more than twice the margin above it.
    """
    if previous is not None:
        lowest, highest = previous.unit_nanocents, previous.unit_nanocents * (1 + 2 * margin)
        if lowest <= observed_nanocents <= highest:
            return previous.unit_nanocents
    return max(1, int(observed_nanocents * (1 - margin)))
