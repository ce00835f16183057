"""A sign of life for a service elsewhere that calls people when it stays away: a dead man's switch."""

import logging
import time

from app.alerting.bounded import BoundedCall
from app.alerting.targets.posting import get
from app.domain.errors import Unavailable

log = logging.getLogger(__name__)

_EVERY_SECONDS = 60.0


class Heartbeat:
    """Fetches a URL once a minute, for as long as somebody calls `beat`."""

    def __init__(self, url: str, every_seconds: float = _EVERY_SECONDS) -> None:
        self._url = url
        self._every_seconds = every_seconds
        self._call: BoundedCall[None] = BoundedCall("heartbeat")
        self._due_at = 0.0
        self._is_well = True

    def beat(self) -> None:
        """Fetch it if it is due, and do not wait for the answer."""
        if self._call.is_running:
            self._take()
        elif time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + self._every_seconds
            self._call.begin(lambda: get(self._url))

    def _take(self) -> None:
        try:
            self._call.take(0.0)
        except TimeoutError:
            return
        except Unavailable as error:
            if self._is_well:
                log.warning("the heartbeat is not taken: %s", error)
            self._is_well = False
        else:
            self._is_well = True
