"""The real clock."""

import threading
from datetime import UTC, datetime


class SystemClock:
    """This machine's time."""

    def now(self) -> datetime:
        """Return the present, timezone-aware UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
        threading.Event().wait(seconds)
