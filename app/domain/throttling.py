"""How long somebody waits who failed to log in, so that passwords cannot be tried out.

Failures count for an hour, each towards three limits:

- the name from one place (an address, or a browser that has logged in with this name before): five are free, then the
  wait doubles from 15 s to 15 min. That is what stops a person, or a script, that tries passwords.
- a place, whatever the name: twenty are free, then the same. That stops who tries one password with many names.
- a name, wherever from: twenty are free, then a minute at most between attempts. That stops many machines together, which
  get 1,440 attempts a day at most. One address alone cannot bring it about: the first limit leaves it fewer. And it does
  not touch a browser that has logged in with this name before, so that nobody locks a person out for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)

_FIRST_WAIT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, and the longest wait after more, in seconds."""

    free: int
    longest_seconds: int

    def wait_after(self, failures: int) -> timedelta:
        """Return how long to wait after the last of so many failures."""
        if failures < self.free:
            return timedelta()
        doublings = min(failures - self.free, self.longest_seconds.bit_length())
        return timedelta(seconds=min(_FIRST_WAIT_SECONDS << doublings, self.longest_seconds))


NAME_AND_PLACE = Limit(5, 900)
PLACE = Limit(20, 900)
NAME = Limit(20, 60)


def next_attempt_at(limit: Limit, failures: Sequence[datetime], now: datetime) -> datetime:
    """Return when the next attempt may be made, `now` or earlier when at once; failures before the window do not count."""
    counted = [at for at in failures if now - at < WINDOW]
    return max(counted) + limit.wait_after(len(counted)) if counted else now
