"""The time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, so that tests can hold it."""

    def now(self) -> datetime:
        """Return the present, timezone-aware UTC."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...
