"""Reads the figures of the whole instance when Prometheus asks, in bounded time."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic

from prometheus_client.core import Metric

from app.telemetry.gauges import VIEW_OK, Reading, families_of_readings

log = logging.getLogger(__name__)

View = Callable[[], Iterable[Reading]]
"""Reads one part of the figures; it may raise or hang."""

_FRESH_SECONDS = 1.0
_ANSWER_SECONDS = 3.0


class LedgerCollector:
    """Offers views to a registry, as prometheus_client's collectors do.

    What a view read serves for a second. One that raises or is late is left out, and `meic_view_ok` says so; one that
    hangs holds one thread, however often Prometheus asks.
    """

    def __init__(self, views: Mapping[str, View], *, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._views = [_BoundedView(name, view) for name, view in views.items()]
        self._answer_seconds = answer_seconds

    def collect(self) -> Sequence[Metric]:
        """Return what the views say."""
        deadline = monotonic() + self._answer_seconds
        for view in self._views:
            view.begin()
        read = {view.name: view.readings(max(deadline - monotonic(), 0.0)) for view in self._views}
        readings = [reading for found in read.values() for reading in found or ()]
        states = [VIEW_OK.at(found is not None, name) for name, found in read.items()]
        return families_of_readings([*readings, *states])


class _BoundedView:
    """One view, read in a thread of its own."""

    def __init__(self, name: str, view: View) -> None:
        self.name = name
        self._view = view
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._done.set()
        self._read_at: float | None = None
        self._readings: Sequence[Reading] | None = None
        self._was_told = False

    def begin(self) -> None:
        """Begin to read, unless that is under way or was done a moment ago."""
        with self._lock:
            is_fresh = self._read_at is not None and monotonic() - self._read_at < _FRESH_SECONDS
            if self._done.is_set() and not is_fresh:
                self._done.clear()
                threading.Thread(target=self._read, name=f"figures {self.name}", daemon=True).start()

    def readings(self, seconds: float) -> Sequence[Reading] | None:
        """Return what was read, or None: it failed, or is not there in time."""
        found = self._readings if self._done.wait(seconds) else None
        if found is not None:
            self._was_told = False
        elif not self._done.is_set():
            self._tell("no answer in time")
        return found

    def _read(self) -> None:
        try:
            self._readings = tuple(self._view())
        except Exception as error:  # noqa: BLE001  whatever it is, the other figures are shown
            self._readings = None
            self._tell(str(error) or type(error).__name__)
        self._read_at = monotonic()
        self._done.set()

    def _tell(self, why: str) -> None:
        if not self._was_told:
            self._was_told = True
            log.warning("figures of the %s cannot be shown: %s; this is said once until they can", self.name, why)
