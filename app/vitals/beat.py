"""Whether beat rings."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from celery.beat import PersistentScheduler

from app.domain.errors import Unavailable
from app.vitals.pulse import Pulse

SILENT_SECONDS = 90.0
"""It looks at its schedule every second and rings every few. A broker that hangs holds it for a minute, its socket's 30 s
twice, before beat knows that the broker is away."""

AWAY_SECONDS = 180.0
"""So long may one attempt to connect take, where packets vanish."""


class BeatVitals:
    """What is known of beat's loop and of its bells. Its main thread notes; checks may be asked from any."""

    def __init__(self, schedule_seconds: Iterable[float], monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin.

        Args:
            schedule_seconds: how often each bell is to ring; none for three times the shortest is too long, though never below 90 s.
            monotonic: seconds, on a clock that nobody sets.
        """
        self._late_seconds = max(SILENT_SECONDS, 3 * min(schedule_seconds, default=0.0))
        self._turn = Pulse(monotonic)
        self._ring = Pulse(monotonic)
        self._is_away = False

    def turned(self, **_: object) -> None:
        """Note that it has looked at its schedule."""
        self._turn.beat()

    def rang(self, **_: object) -> None:
        """Note that the broker has taken a bell."""
        self._ring.beat()
        self._is_away = False

    def missed(self) -> None:
        """Note that the broker could not be reached."""
        self._turn.beat()
        self._is_away = True

    def loop(self) -> str:
        """Check that it looks at its schedule, or keeps trying to reach the broker.

        Raises:
            Unavailable: it has done neither for too long.
        """
        limit = AWAY_SECONDS if self._is_away else SILENT_SECONDS
        return self._turn.within(limit, "it looked at its schedule")()

    def bells(self) -> str:
        """Check that it rings, unless the broker cannot be reached: no restart would mend that.

        Raises:
            Unavailable: it has not rung for too long.
        """
        if self._is_away:
            return "the broker cannot be reached; it is tried again"
        age = self._ring.age_seconds()
        if age > self._late_seconds:
            raise Unavailable(f"the last bell rang {age:.0f} s ago; expected one within {self._late_seconds:.0f} s")
        return f"the last bell rang {age:.1f} s ago"


class PulsingScheduler(PersistentScheduler):
    """Celery's own scheduler, which shows at each look at its schedule that it lives."""

    on_tick: Callable[[], object] = staticmethod(lambda: None)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Ring what is due; return the seconds until the next look."""
        self.on_tick()
        seconds: float = super().tick(*args, **kwargs)
        return seconds
