"""A websocket server that speaks just enough of Binance's WebSocket API to tell of fills, and misbehaves when asked."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class StreamServer:
    """Accepts every subscription unless told otherwise; keeps what was asked."""

    def __init__(self) -> None:
        self.port = 0
        self.subscriptions = 0
        self.refuses_keys = False
        self.hangs_on_subscribing = False
        self._subscribers: list[ServerConnection] = []
        self._trades = 0

    async def tell_of_fill(self) -> None:
        """Send what Binance sends when an order of the account is filled."""
        self._trades += 1
        report = {
            "e": "executionReport",
            "E": 1_700_000_000_000 + self._trades,
            "s": "NDAUUSDT",
            "c": "meic0123456789abcdef01234567",
            "S": "SELL",
            "o": "LIMIT",
            "f": "GTC",
            "q": "10.00",
            "p": "16.00",
            "x": "TRADE",
            "X": "PARTIALLY_FILLED",
            "r": "NONE",
            "i": 4711,
            "l": "1.00",
            "z": "1.00",
            "L": "16.00",
            "n": "0",
            "N": "USDT",
            "T": 1_700_000_000_000 + self._trades,
            "t": self._trades,
            "m": True,
            "O": 1_700_000_000_000,
            "Z": "16.00",
            "Y": "16.00",
            "Q": "0",
        }
        await self.say(json.dumps({"subscriptionId": 0, "event": report}))

    async def say(self, text: str) -> None:
        for subscriber in self._subscribers:
            await subscriber.send(text)

    async def hang_up(self) -> None:
        """End every connection without a word."""
        for subscriber in self._subscribers:
            subscriber.transport.abort()
        self._subscribers.clear()

    async def converse(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in connection:
                await self._answer(connection, json.loads(text))

    async def _answer(self, connection: ServerConnection, request: dict[str, Any]) -> None:
        assert request["method"] == "userDataStream.subscribe.signature"
        self.subscriptions += 1
        if self.hangs_on_subscribing:
            return
        if self.refuses_keys:
            error = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
            await connection.send(json.dumps({"id": request["id"], "status": 401, "error": error}))
            return
        self._subscribers.append(connection)
        await connection.send(json.dumps({"id": request["id"], "status": 200, "result": {"subscriptionId": 0}}))


@asynccontextmanager
async def stream_server() -> AsyncIterator[StreamServer]:
    server = StreamServer()
    async with serve(server.converse, "127.0.0.1", 0) as listening:
        server.port = next(iter(listening.sockets)).getsockname()[1]
        yield server
        await asyncio.sleep(0)
