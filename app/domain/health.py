"""Whether an exchange answers, and when one that does not is asked again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_PAUSES_SECONDS = (5, 10, 20, 40, 60)


@dataclass(frozen=True, slots=True)
class ExchangeHealth:
    """An exchange whose last call failed.

    Attributes:
        failures: how many calls in a row.
        why: what the last one met.
        down_since: from when on it is not asked any more, but for one probe at a time; None while it still is.
        probes: how many were made since.
        next_probe_at: from when on somebody may make one; None while it is asked.
    """

    exchange: str
    failures: int
    why: str
    down_since: datetime | None
    probes: int
    next_probe_at: datetime | None

    def is_probe_due(self, now: datetime) -> bool:
        """Tell whether it may be asked again."""
        if self.next_probe_at is None:
            return True
        # A pause longer than there is comes of a clock that was set back meanwhile.
        return now >= self.next_probe_at or self.next_probe_at - now > probe_pause(self.probes)

    def words(self) -> str:
        """Return since when, why, and until when it is not asked."""
        if self.down_since is None or self.next_probe_at is None:
            return f"{self.exchange} failed {self.failures} times in a row: {self.why}"
        return (
            f"{self.exchange} is not asked since {self.down_since:%H:%M:%S} UTC: it failed {self.failures} times in a row "
            f"({self.why}); the next probe is at {self.next_probe_at:%H:%M:%S} UTC"
        )


def probe_pause(probes: int) -> timedelta:
    """Return how long nobody asks after so many probes in vain."""
    return timedelta(seconds=_PAUSES_SECONDS[min(probes, len(_PAUSES_SECONDS) - 1)])
