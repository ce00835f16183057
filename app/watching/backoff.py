"""How long to wait before a dead stream is connected again."""

import random
from collections.abc import Callable

STEADY_SECONDS = 10.0
"""A connection that lasted this long was a good one: the next wait is the shortest again."""

_SHORTEST_SECONDS = 1.0
_LONGEST_SECONDS = 60.0


class Backoff:
    """Waits of 1, 2, 4 ... 60 s, each a quarter shorter or longer by chance, so that many do not come at once."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._seconds = _SHORTEST_SECONDS

    def seconds_after(self, up_seconds: float) -> float:
        """Return the next wait, after a connection that lasted `up_seconds`; 0 when it was never made."""
        if up_seconds >= STEADY_SECONDS:
            self._seconds = _SHORTEST_SECONDS
        seconds = self._seconds
        self._seconds = min(seconds * 2, _LONGEST_SECONDS)
        return seconds * (0.75 + 0.5 * self._chance())
