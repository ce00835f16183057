"""When a part of this process last showed that it lives."""

import time
from collections.abc import Callable

from app.domain.errors import Unavailable


class Pulse:
    """The moment of the last sign of life, on a clock that nobody sets. Safe for threads.

    A part that is new has as long as any other until its first.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last = monotonic()

    def beat(self) -> None:
        """Show that it lives."""
        self._last = self._monotonic()

    def age_seconds(self) -> float:
        """Return how long ago the last sign was."""
        return self._monotonic() - self._last

    def within(self, seconds: float, what: str = "it went round") -> Callable[[], str]:
        """Return a check that fails when the last sign is older than `seconds`; `what` says what the sign is."""

        def check() -> str:
            age = self.age_seconds()
            if age > seconds:
                raise Unavailable(f"{what} {age:.0f} s ago; expected within {seconds:g} s")
            return f"{what} {age:.1f} s ago"

        return check
