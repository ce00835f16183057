"""Steps of an event loop in place of time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

TURNS = 50


async def turns(count: int = TURNS) -> None:
    """Let everything that is ready go on."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("the condition did not come true")


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Waits:
    """Waits that last until they are let go; their lengths are kept."""

    def __init__(self) -> None:
        self.lengths: list[float] = []
        self._going: list[asyncio.Event] = []

    async def __call__(self, seconds: float) -> None:
        self.lengths.append(seconds)
        gate = asyncio.Event()
        self._going.append(gate)
        await gate.wait()

    async def pass_all(self) -> None:
        """Let every wait under way be over."""
        gates, self._going = self._going, []
        for gate in gates:
            gate.set()
        await turns()
