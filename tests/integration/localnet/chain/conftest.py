import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvicorn

from app.ndau.keys import PrivateKey
from localnet.chain.api import create_app
from localnet.chain.genesis import Genesis
from localnet.chain.process import ChainProcess
from localnet.chain.settings import ChainSettings


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def genesis(key: PrivateKey) -> Genesis:
    return Genesis.for_keys([key.public_key()], total_released_napu=10_000)


@pytest.fixture
def start_chain(tmp_path: Path) -> Iterator[Callable[..., ChainProcess]]:
    """Start chains in one folder, each ended at the end of the test."""
    with ExitStack() as stack:
        yield lambda *arguments, **settings: stack.enter_context(ChainProcess.start(tmp_path, *arguments, **settings))


@pytest.fixture
def serve_chain(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Serve chains from threads of this process, which starts faster; return the URL."""
    with ExitStack() as stack:

        def start(genesis: Genesis, *, block_seconds: float = 0.0, index_lag_seconds: float = 0.0) -> str:
            settings = ChainSettings(
                genesis,
                tmp_path / "chain.sqlite",
                block_seconds=block_seconds,
                index_lag_seconds=index_lag_seconds,
            )
            return stack.enter_context(_served(settings))

        yield start


@contextmanager
def _served(settings: ChainSettings) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()
