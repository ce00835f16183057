"""The newest comparison of the ledger with the world outside, kept in mind: a long history is read once."""

import threading
from datetime import datetime, timedelta

from app.alerting.rules_of_trouble import DIFFERENCES_FOUND, RECONCILED
from app.domain.ledger import AuditEvent
from app.ports.ledger import Ledger

_FIRST_LOOK = timedelta(days=1)
_OVERLAP = timedelta(minutes=1)
"""Events are written by several machines, whose clocks differ a little."""


class Comparisons:
    """Reads on from where it last ended; safe for threads."""

    def __init__(self) -> None:
        self._newest: AuditEvent | None = None
        self._read_until: datetime | None = None
        self._lock = threading.Lock()

    def newest(self, ledger: Ledger, now: datetime) -> AuditEvent | None:
        """Return the newest event that tells of a comparison, None when there was none within a day."""
        with self._lock:
            since = self._read_until - _OVERLAP if self._read_until else now - _FIRST_LOOK
            events = ledger.events.of_kinds((DIFFERENCES_FOUND, RECONCILED), since)
            if events:
                self._newest = events[-1]
            self._read_until = now
            return self._newest
