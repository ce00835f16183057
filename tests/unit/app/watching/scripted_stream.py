"""Streams that follow a script."""

import asyncio
from collections.abc import AsyncGenerator, Callable


class ScriptedStream:
    """Does what it is told: "connect", "event", "hang", or raise an error."""

    def __init__(self, *script: str | Exception) -> None:
        self._script = script
        self.is_closed = False

    async def events(self) -> AsyncGenerator[None, None]:
        try:
            for step in self._script:
                if isinstance(step, Exception):
                    raise step
                if step == "hang":
                    await asyncio.Event().wait()
                yield
        finally:
            self.is_closed = True


def in_turn(*streams: ScriptedStream | Exception) -> Callable[[], ScriptedStream]:
    """Open one after the other; the last again and again."""
    left = list(streams)

    def open_next() -> ScriptedStream:
        stream = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(stream, Exception):
            raise stream
        return stream

    return open_next
