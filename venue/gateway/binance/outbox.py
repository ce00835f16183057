"""What is to be told as soon as it cannot be lost any more."""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Committing(Protocol):
    """The part of a venue that an outbox needs."""

    def when_committed(self, callback: Callable[[], None]) -> None:
        """Call back when everything done so far is on the disk."""


class Outbox:
    """Gathers messages while commands are applied and delivers them, in their order, after the commit."""

    def __init__(self, venue: Committing) -> None:
        self._venue = venue
        self._deliveries: list[Callable[[], None]] = []
        self._latest: dict[str, Callable[[], None]] = {}
        self._is_armed = False

    def add(self, deliver: Callable[[], None]) -> None:
        """Deliver something."""
        self._deliveries.append(deliver)
        self._arm()

    def replace(self, key: str, deliver: Callable[[], None]) -> None:
        """Deliver something in place of what waits under the same key."""
        self._latest[key] = deliver
        self._arm()

    def _arm(self) -> None:
        if not self._is_armed:
            self._is_armed = True
            # Not now: the command that is being applied is handed to the journal right after.
            asyncio.get_running_loop().call_soon(self._hand_over)

    def _hand_over(self) -> None:
        deliveries = [*self._deliveries, *self._latest.values()]
        self._deliveries, self._latest = [], {}
        self._is_armed = False

        def deliver_all() -> None:
            for deliver in deliveries:
                deliver()

        self._venue.when_committed(deliver_all)
