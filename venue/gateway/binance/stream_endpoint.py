"""The endpoints of the market streams: `/ws`, `/ws/NAME/NAME` and `/stream?streams=NAME/NAME`."""

import json

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from venue.gateway.binance.call import Json
from venue.gateway.binance.connection import Connection
from venue.gateway.binance.market_streams import MarketStreams
from venue.gateway.binance.subscriptions import MOST_STREAMS

_LONGEST_NAME = 100


class _BadRequest(Exception):
    """A message was not understood; the text is for the client."""


class StreamEndpoint:
    """Takes connections for the market streams."""

    def __init__(self, streams: MarketStreams) -> None:
        self._streams = streams

    def routes(self) -> list[WebSocketRoute]:
        """Return the WebSocket routes."""
        return [
            WebSocketRoute("/ws", self._raw),
            WebSocketRoute("/ws/{names:path}", self._raw),
            WebSocketRoute("/stream", self._combined),
        ]

    async def _raw(self, websocket: WebSocket) -> None:
        await self._serve(websocket, websocket.path_params.get("names", ""), is_combined=False)

    async def _combined(self, websocket: WebSocket) -> None:
        await self._serve(websocket, websocket.query_params.get("streams", ""), is_combined=True)

    async def _serve(self, websocket: WebSocket, names: str, *, is_combined: bool) -> None:
        await websocket.accept()
        session = _Session(Connection(websocket, is_combined=is_combined), self._streams)
        # A client may name a connection as it likes, as CCXT does: what is no stream is not sent.
        session.subscribe([name for name in names.split("/") if name][:MOST_STREAMS])
        try:
            await session.connection.serve(session.handle)
        finally:
            session.end()


class _Session:
    """What one connection wants."""

    def __init__(self, connection: Connection, streams: MarketStreams) -> None:
        self.connection = connection
        self._streams = streams
        self._names: dict[str, None] = {}

    async def handle(self, text: str) -> None:
        """Answer a message."""
        try:
            answer = self._answer(text)
        except _BadRequest as error:
            answer = {"error": {"code": 2, "msg": f"Invalid request: {error}"}}
        self.connection.send(json.dumps(answer))

    def subscribe(self, names: list[str]) -> None:
        """Send streams from now on; unknown ones are kept, as Binance does, and have nothing to send."""
        for name in names:
            self._names[name] = None
            if self._streams.knows(name):
                self._streams.subscriptions.add(self.connection, name)

    def end(self) -> None:
        """Send nothing more."""
        self._streams.subscriptions.remove(self.connection, self._names)

    def _answer(self, text: str) -> dict[str, Json]:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _BadRequest("it is not JSON") from error
        if not isinstance(message, dict):
            raise _BadRequest("it is not a JSON object")
        number, result = message.get("id"), None
        if not isinstance(number, int | str | None):
            raise _BadRequest("id must be a number or a text")
        match message.get("method"):
            case "SUBSCRIBE":
                names = _names_in(message)
                if len(self._names.keys() | names) > MOST_STREAMS:
                    raise _BadRequest(f"at most {MOST_STREAMS} streams a connection")
                self.subscribe(names)
            case "UNSUBSCRIBE":
                names = _names_in(message)
                self._streams.subscriptions.remove(self.connection, names)
                self._names = {name: None for name in self._names if name not in names}
            case "LIST_SUBSCRIPTIONS":
                result = list(self._names)
            case _:
                raise _BadRequest("method must be SUBSCRIBE, UNSUBSCRIBE or LIST_SUBSCRIPTIONS")
        return {"result": result, "id": number}


def _names_in(message: dict[str, object]) -> list[str]:
    names = message.get("params")
    if not isinstance(names, list) or not all(isinstance(name, str) and len(name) <= _LONGEST_NAME for name in names):
        raise _BadRequest("params must be a list of stream names")
    return names
