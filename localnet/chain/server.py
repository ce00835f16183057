"""Serves a chain until it is told to end."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from app.domain.errors import InvalidInput
from localnet.chain.api import create_app
from localnet.chain.chain import LocalChain
from localnet.chain.settings import ChainSettings

_GRACE_SECONDS = 2


class _Server(uvicorn.Server):
    """Says when it is ready, and when it ends lets no caller wait for a block."""

    def __init__(self, config: uvicorn.Config, chain: LocalChain, ready: str) -> None:
        super().__init__(config)
        self._chain = chain
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self._ready)
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._chain.stop_waiting()
        await super().shutdown(sockets)


def serve(settings: ChainSettings) -> None:
    """Serve a chain until SIGTERM or SIGINT; prints one line when it is ready. For a process's main thread.

    Raises:
        InvalidInput: the address cannot be listened on, or the state's file cannot be used.
    """
    with _listening_socket(settings) as listener:
        app = create_app(settings)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE_SECONDS, server_header=False
        )
        url = f"http://{settings.host}:{listener.getsockname()[1]}"
        ready = f"ndau chain of {settings.genesis.issuer_address} ready at {url}\n"
        server = _Server(config, app.state.chain, ready)
        with _ended_by_signals(server):
            server.run(sockets=[listener])


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    # uvicorn raises the signal once more when it has ended; these handlers make that an ordinary end with status 0.
    def end(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listening_socket(settings: ChainSettings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port))
    except OSError as error:
        raise InvalidInput(f"the chain cannot listen on {settings.host}:{settings.port}: {error}") from error
