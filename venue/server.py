"""Serving several venues, each on its own port, from one event loop."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette

from venue.config import Config, Gateway, VenueConfig
from venue.errors import InvalidSetting
from venue.gateway.binance.app import binance_app
from venue.gateway.bitmart.app import bitmart_app
from venue.service import Venue
from venue.startup import open_venue

_GRACE_SECONDS = 1
_BACKLOG = 1024
_LARGEST_MESSAGE_BYTES = 64 * 1024
_GATEWAYS: dict[Gateway, Callable[[Venue], Starlette]] = {"bitmart": bitmart_app, "binance": binance_app}


class _Server(uvicorn.Server):
    """A server that leaves signals to the process and tells when it is ready."""

    def __init__(self, venue: Venue, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                _GATEWAYS[venue.config.gateway](venue),
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                ws_max_size=_LARGEST_MESSAGE_BYTES,
                # Messages are small and many: compressing them would take the time that matching needs.
                ws_per_message_deflate=False,
            )
        )
        self._venue = venue
        self._listener = listener

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: uvicorn would let each server take them from the one before."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start and say so on standard output."""
        await super().startup(sockets)
        host, port = self._listener.getsockname()[:2]
        sys.stdout.write(f"venue {self._venue.config.name} ready at http://{host}:{port}\n")
        sys.stdout.flush()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `should_exit`."""
        await super().serve([*(sockets or ()), self._listener])


def run(config: Config) -> None:
    """Serve every venue until SIGTERM or SIGINT, or until one of them fails: then all end, to be started again.

    Raises:
        InvalidSetting: a setting is wrong or a port is taken.
        JournalDamaged: a journal is damaged; no venue was started.
        Exception: whatever made a venue fail.
    """
    # uvloop where it is installed.
    with asyncio.Runner(loop_factory=uvicorn.Config("", loop="auto", log_config=None).get_loop_factory()) as runner:
        runner.run(_serve(config))


async def _serve(config: Config) -> None:
    async with contextlib.AsyncExitStack() as stack:
        venues: list[Venue] = []
        servers: list[_Server] = []
        for each in config.venues:
            venue = open_venue(each)
            stack.push_async_callback(venue.close)
            venues.append(venue)
            servers.append(_Server(venue, stack.enter_context(_listener(each))))

        def stop() -> None:
            for server in servers:
                server.should_exit = True

        for venue in venues:
            venue.on_failure = stop
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        await asyncio.gather(*(server.serve() for server in servers))
    for venue in venues:
        if venue.failure is not None:
            raise venue.failure


def _listener(venue: VenueConfig) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((venue.host, venue.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise InvalidSetting(f"venue {venue.name}: cannot listen on {venue.host}:{venue.port}: {error}") from error
    return listener
