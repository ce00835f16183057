"""Keeps whoever sends wrong signatures from having more of them verified."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from app.domain.errors import InvalidInput
from app.ports.clock import Clock

MOST_PER_MINUTE = 20

_MINUTE = timedelta(minutes=1)
_MOST_SITES = 10_000


class BadSignatures:
    """Counts wrong signatures by site and minute, in this process: verifying costs processor time and nothing else."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counted: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def check(self, site: str) -> None:
        """Refuse a site that has sent too many within the last minute.

        Raises:
            InvalidInput: it has.
        """
        with self._lock:
            began_at, count = self._counted.get(site, (self._clock.now(), 0))
        if count >= MOST_PER_MINUTE and self._clock.now() - began_at < _MINUTE:
            raise InvalidInput("too many wrong signatures came from this address; expected none for a minute")

    def note(self, site: str) -> None:
        """Count one."""
        now = self._clock.now()
        with self._lock:
            began_at, count = self._counted.pop(site, (now, 0))
            if now - began_at >= _MINUTE:
                began_at, count = now, 0
            self._counted[site] = (began_at, count + 1)
            if len(self._counted) > _MOST_SITES:
                self._counted.popitem(last=False)
