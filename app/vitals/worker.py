"""Whether a Celery worker does its work: what its main thread and its pool show of themselves."""

import time
from collections.abc import Callable, Collection

from app.domain.errors import Unavailable
from app.vitals.pulse import Pulse

TURN_SECONDS = 60.0
"""The consumer's loop turns every second. A broker that does not answer may hold it for its socket's 30 s."""

CONNECT_SECONDS = 180.0
"""So long may one attempt to connect take, where packets vanish: a few times the socket's 30 s."""

STUCK_SECONDS = 330.0
"""Longer than any task may take: the issuer's child is ended after 300 s."""


class WorkerVitals:
    """What is known of a worker's consumer and pool.

    The consumer's own thread calls `turned`, `tried`, `connected` and `lost`; checks may be asked from any.
    """

    def __init__(
        self,
        concurrency: int,
        requests: Callable[[], Collection[object]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin, not connected.

        Args:
            concurrency: how many tasks can run at a time.
            requests: returns what the worker has taken and not ended.
            monotonic: seconds, on a clock that nobody sets.
        """
        self._concurrency = concurrency
        self._requests = requests
        self._is_connected = False
        self._turn = Pulse(monotonic)
        self._free = Pulse(monotonic)
        self._before: frozenset[object] = frozenset()

    def connected(self) -> None:
        """Note that the consumer has its connection to the broker."""
        self._turn.beat()
        self._free.beat()  # nobody looked at the pool meanwhile
        self._is_connected = True

    def lost(self) -> None:
        """Note that the connection is gone; the consumer tries to get another."""
        self._turn.beat()
        self._is_connected = False

    def tried(self) -> None:
        """Note that an attempt to connect has failed."""
        self._turn.beat()

    def turned(self) -> None:
        """Note that the consumer's loop has turned, and look whether the pool ended anything since."""
        self._turn.beat()
        requests = frozenset(self._requests())
        if len(requests) < self._concurrency or not self._before <= requests:
            self._free.beat()
        self._before = requests

    def consumer(self) -> str:
        """Check that the consumer takes tasks, or keeps trying to reach the broker: no restart would mend that.

        Raises:
            Unavailable: it has done neither for too long.
        """
        if self._is_connected:
            return self._turn.within(TURN_SECONDS, "its loop turned")()
        return self._turn.within(CONNECT_SECONDS, "it tried to reach the broker")()

    def pool(self) -> str:
        """Check that the pool has room or ends tasks.

        Raises:
            Unavailable: it is full and has ended nothing for too long.
        """
        seconds = self._free.age_seconds()
        if self._is_connected and seconds > STUCK_SECONDS:
            raise Unavailable(f"all {self._concurrency} places are taken, and no task has ended for {seconds:.0f} s")
        return f"{len(self._before)} of {self._concurrency} places are taken"

    def connection(self) -> str:
        """Check that the consumer is connected to the broker.

        Raises:
            Unavailable: it is not.
        """
        if not self._is_connected:
            raise Unavailable("there is no connection to the broker; it is tried again every second or two")
        return "connected"
