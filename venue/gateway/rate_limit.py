"""How often one caller may call."""

from collections import deque
from dataclasses import dataclass, field

# Callers are forgotten once their calls are; looking for them at every call would cost more than it saves.
_CALLERS_BEFORE_CLEANING = 10_000


@dataclass(slots=True)
class RateLimit:
    """At most `calls` in any window of `window_ms`, counted for each caller; None means as many as it likes."""

    calls: int | None
    window_ms: int = 60_000
    _times: dict[str, deque[int]] = field(default_factory=dict)

    def wait_ms(self, caller: str, now_ms: int) -> int:
        """Count a call and return 0, or, when it is one too many, do not count it and return how long to wait."""
        if self.calls is None:
            return 0
        if len(self._times) >= _CALLERS_BEFORE_CLEANING:
            self._forget(now_ms)
        times = self._times.setdefault(caller, deque())
        while times and times[0] <= now_ms - self.window_ms:
            times.popleft()
        if len(times) >= self.calls:
            return times[0] + self.window_ms - now_ms
        times.append(now_ms)
        return 0

    def _forget(self, now_ms: int) -> None:
        self._times = {
            caller: times for caller, times in self._times.items() if times and times[-1] > now_ms - self.window_ms
        }
