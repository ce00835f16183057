"""The console's HTTP server, which lets nobody take it up."""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.web import QuietServer, take_port

MOST_CONNECTIONS = 500
HEAD_SECONDS = 10.0
"""However slowly somebody speaks, a request's head is complete by then."""

READ_SECONDS = 30.0
"""However slowly somebody reads, what waits to be sent (64 KiB and more) has shrunk by then."""

_LONGEST_HEAD_BYTES = 32 * 1024
_IDLE_SECONDS = 15
_LAST_ANSWERS_SECONDS = 5
_BEAT_SECONDS = 1.0


class _PatientConnection(H11Protocol):
    """uvicorn's own waits for ever for the end of a head, and for somebody to read an answer."""

    _head_timer: asyncio.TimerHandle | None = None
    _read_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_expecting()
        elif self._head_timer is None:
            self._expect_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_timer = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_waiting()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.loop.call_later(READ_SECONDS, self.transport.abort)  # what was not read by then keeps it from closing

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_expecting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_waiting(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None


class Door:
    """An HTTP server on one address; the port is taken when it is made, 0 for any free one."""

    def __init__(self, host: str, port: int) -> None:
        """Take the port.

        Raises:
            InvalidInput: it cannot be taken.
        """
        self._socket = take_port(host, port, who="console.host, console.port: cannot listen")
        self.port: int = self._socket.getsockname()[1]

    async def serve(self, app: FastAPI, stopping: asyncio.Event, alive: Callable[[], None]) -> None:
        """Serve until told to stop; `alive` is called every second for as long as everything goes round."""
        server = QuietServer(_config(app))
        app.state.server = server  # answers that last end when it does
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        beating = asyncio.create_task(_beat(alive))
        told = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.should_exit = True
            beating.cancel()
            told.cancel()
            await serving
            self._socket.close()


async def _beat(alive: Callable[[], None]) -> None:
    while True:
        alive()
        await asyncio.sleep(_BEAT_SECONDS)


def _config(app: FastAPI) -> Any:
    return uvicorn.Config(
        app,
        http=_PatientConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_LONGEST_HEAD_BYTES,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
    )
