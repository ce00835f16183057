"""Who wants which stream."""

import json
from collections.abc import Callable, Iterable

from venue.gateway.binance.connection import Connection

MOST_STREAMS = 1024
"""Of one connection; Binance's."""


class Subscriptions:
    """Connections by the stream that they want.

    `begun` is called with the name of a stream that somebody wants again.
    """

    def __init__(self, begun: Callable[[str], None]) -> None:
        self._begun = begun
        self._connections: dict[str, set[Connection]] = {}

    def __contains__(self, stream: str) -> bool:
        return stream in self._connections

    def add(self, connection: Connection, stream: str) -> None:
        """Send a stream to a connection from now on."""
        connections = self._connections.get(stream)
        if connections is None:
            connections = self._connections[stream] = set()
            self._begun(stream)
        connections.add(connection)

    def remove(self, connection: Connection, streams: Iterable[str]) -> None:
        """Send streams to a connection no more."""
        for stream in streams:
            connections = self._connections.get(stream, set())
            connections.discard(connection)
            if not connections:
                self._connections.pop(stream, None)

    def publish(self, stream: str, text: str) -> None:
        """Send a message of a stream, rendered once for all who want it."""
        connections = self._connections.get(stream)
        if not connections:
            return
        combined = f'{{"stream":{json.dumps(stream)},"data":{text}}}'
        for connection in connections:
            connection.send(combined if connection.is_combined else text)
