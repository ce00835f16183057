"""A bell that many may pull and that rings no more often than somebody can answer."""

import asyncio
from collections.abc import Awaitable, Callable

SHORTEST_SECONDS = 0.01
LONGEST_SECONDS = 0.32
FAILED_SECONDS = 1.0

Wait = Callable[[float], Awaitable[object]]
Pull = Callable[[], None]


class JoinedBell:
    """Rings at the first pull; pulls during the next few milliseconds are joined into one more ring after them.

    The last pull is always followed by a ring. As long as pulls keep coming the pause doubles, from 10 to 320 ms: a flood
    rings three times a second. A ring that failed is tried again after a second, for as long as it takes.
    """

    def __init__(self, ring: Callable[[], Awaitable[bool]], wait: Wait = asyncio.sleep) -> None:
        self._ring = ring
        self._wait = wait
        self._pulled = asyncio.Event()

    def pull(self) -> None:
        """Have it ring; returns at once. Only from the event loop's own thread."""
        self._pulled.set()

    async def run(self) -> None:
        """Ring when pulled, until cancelled. `ring` tells whether the bell was heard, and never raises."""
        pause = SHORTEST_SECONDS
        while True:
            await self._pulled.wait()
            self._pulled.clear()
            if not await self._ring():
                self._pulled.set()
                await self._wait(FAILED_SECONDS)
                continue
            await self._wait(pause)
            pause = min(pause * 2, LONGEST_SECONDS) if self._pulled.is_set() else SHORTEST_SECONDS
