"""A limit on how often something is called, kept on our side so that the exchange need not ban us."""

from collections import deque
from collections.abc import Callable
from threading import Lock
from time import monotonic

from app.domain.errors import RateLimited


class CallLimit:
    """At most `calls` in any `seconds`; shared by threads.

    It covers this process only: with several, the exchange's own answer stays the last word.
    """

    def __init__(self, calls: int, seconds: float, *, what: str, monotonic: Callable[[], float] = monotonic) -> None:
        self._calls = calls
        self._seconds = seconds
        self._what = what
        self._monotonic = monotonic
        self._lock = Lock()
        self._made: deque[float] = deque(maxlen=calls)

    def take(self) -> None:
        """Count one call.

        Raises:
            RateLimited: it would be one too many; it says after how long it would not.
        """
        with self._lock:
            now = self._monotonic()
            wait = self._made[0] + self._seconds - now if len(self._made) == self._calls else 0.0
            if wait > 0:
                raise RateLimited(
                    f"{self._what}: at most {self._calls} in {self._seconds:g} seconds", retry_after_seconds=wait
                )
            self._made.append(now)
