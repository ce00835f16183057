"""Listens for webhooks, in an event loop that does other things too, and lets nobody take it up."""

import asyncio
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.web import QuietServer, take_port

MOST_CONNECTIONS = 200
CONNECTION_SECONDS = 30.0
"""However slowly somebody speaks, his connection ends then: it is good for one request."""

_LONGEST_HEAD_BYTES = 16 * 1024
_LAST_ANSWERS_SECONDS = 2


class _BriefConnection(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self.loop.call_later(CONNECTION_SECONDS, transport.abort)


class Door:
    """An HTTP server on one address; the port is taken when it is made, 0 for any free one."""

    def __init__(self, host: str, port: int) -> None:
        """Take the port.

        Raises:
            InvalidInput: it cannot be taken.
        """
        self._socket = take_port(host, port, who="cannot listen for webhooks")
        self.port: int = self._socket.getsockname()[1]

    async def serve(self, app: Starlette) -> None:
        """Serve until cancelled."""
        server = QuietServer(_config(app))
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving
            self._socket.close()


def _config(app: Starlette) -> Any:
    return uvicorn.Config(
        app,
        http=_BriefConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        headers=[("Connection", "close")],
        h11_max_incomplete_event_size=_LONGEST_HEAD_BYTES,
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
    )
