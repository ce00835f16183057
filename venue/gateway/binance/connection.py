"""One WebSocket connection: what it sends waits in a bounded queue, so that a slow reader holds up nobody."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

MOST_WAITING = 2_000
"""Messages that may wait for a reader before it is cut off."""

MOST_MESSAGES_A_SECOND = 20
"""From a client; Binance takes 5, and some clients start with a burst."""

POLICY_VIOLATION = 1008
_CLOSING_SECONDS = 1.0
_SECOND_MS = 1_000


class Connection:
    """A connection that was accepted."""

    def __init__(self, websocket: WebSocket, *, is_combined: bool = False) -> None:
        self.is_combined = is_combined
        self._websocket = websocket
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._is_too_slow = asyncio.Event()

    def send(self, text: str) -> None:
        """Send a message as soon as the reader takes it; one whose queue is full is cut off."""
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            self._is_too_slow.set()

    async def serve(self, handle: Callable[[str], Awaitable[None]]) -> None:
        """Hand every message to `handle`, and send what waits, until either side ends the connection."""
        tasks = [
            asyncio.create_task(self._read(handle)),
            asyncio.create_task(self._write()),
            asyncio.create_task(self._slowness()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        reasons = [task.result() for task in done if task.exception() is None]
        if any(reasons):
            await self._close(next(filter(None, reasons)))
        for task in done:
            task.result()

    async def _read(self, handle: Callable[[str], Awaitable[None]]) -> str:
        loop = asyncio.get_running_loop()
        second, messages = 0, 0
        while (event := await self._websocket.receive())["type"] == "websocket.receive":
            now = int(loop.time())
            second, messages = (second, messages + 1) if now == second else (now, 1)
            if messages > MOST_MESSAGES_A_SECOND:
                return "Too many requests"
            await handle(event.get("text") or "")
        return ""

    async def _write(self) -> str:
        while True:
            text = await self._waiting.get()
            try:
                await self._websocket.send_text(text)
            except WebSocketDisconnect:
                return ""

    async def _slowness(self) -> str:
        await self._is_too_slow.wait()
        return "Too slow"

    async def _close(self, reason: str) -> None:
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self._websocket.close(POLICY_VIOLATION, reason)
        except (TimeoutError, RuntimeError, OSError):
            return  # it does not read that either; the server drops it
