import asyncio
import dataclasses
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import websocket

from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey
from app.signing.client import SigningClient
from app.signing.server_settings import SignerServerSettings
from app.signing.service import run

SERVICE_KEY = PrivateKey.generate()
CLIENT_KEY = PrivateKey.generate()
NDAU_KEYS = (PrivateKey.generate(Algorithm.ED25519), PrivateKey.generate(Algorithm.SECP256K1))

DEADLINE_SECONDS = 20.0


@dataclasses.dataclass(frozen=True)
class Parties:
    """Who speaks with whom."""

    service_key: PrivateKey = SERVICE_KEY
    client_key: PrivateKey = CLIENT_KEY
    ndau_keys: tuple[PrivateKey, ...] = NDAU_KEYS

    @property
    def ndau_texts(self) -> tuple[str, ...]:
        return tuple(str(key.public_key()) for key in self.ndau_keys)


@pytest.fixture
def parties() -> Parties:
    return Parties()


@pytest.fixture
def settings(tmp_path: Path) -> SignerServerSettings:
    return SignerServerSettings(
        host="127.0.0.1",
        port=0,
        home=tmp_path / "signer",
        service_key=SERVICE_KEY,
        ndau_keys=NDAU_KEYS,
        client_keys=(CLIENT_KEY.public_key(),),
        max_per_transaction_napu=1_000,
        max_per_day_napu=2_500,
        handshake_timeout_seconds=5.0,
    )


@contextmanager
def running(settings: SignerServerSettings) -> Iterator[str]:
    """Run a service in a thread; yields its URL."""
    ready: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        await run(
            settings,
            stopping=stopping,
            announce=lambda line: ready.set_result((line.split()[-2], loop, stopping)),
        )

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    url, loop, stopping = ready.result(timeout=DEADLINE_SECONDS)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(timeout=DEADLINE_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def start_service() -> Iterator[Callable[[SignerServerSettings], str]]:
    """Start services that stop when the test ends; gives the URL of each."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(running(settings))


@pytest.fixture
def service_url(start_service: Callable[[SignerServerSettings], str], settings: SignerServerSettings) -> str:
    return start_service(settings)


@pytest.fixture
def connect() -> Iterator[Callable[..., SigningClient]]:
    """Make clients that are closed when the test ends."""
    with ExitStack() as stack:

        def make(url: str, **options: object) -> SigningClient:
            given = {
                "client_key": CLIENT_KEY,
                "service_key": SERVICE_KEY.public_key(),
                "timeout_seconds": 5.0,
                **options,
            }
            return stack.enter_context(SigningClient(url, **given))  # type: ignore[arg-type]  # any of its options

        yield make


@pytest.fixture
def open_socket() -> Iterator[Callable[..., websocket.WebSocket]]:
    """Open bare websockets, to say what no client of ours would say."""
    with ExitStack() as stack:

        def make(url: str, **options: object) -> websocket.WebSocket:
            given = {"subprotocols": ["meic-sign.v1"], "suppress_origin": True, "http_no_proxy": ["*"], **options}
            opened = websocket.create_connection(url, timeout=DEADLINE_SECONDS, **given)  # type: ignore[arg-type]
            stack.callback(opened.shutdown)
            return opened

        yield make


@pytest.fixture
def unused_url() -> str:
    """A place on this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"ws://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Return once a condition holds, or fail at the deadline."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            threading.Event().wait(0.01)

    return wait


class ServiceProcess:
    """The service as a process of its own, always on the same port and home."""

    def __init__(self, home: Path) -> None:
        self._home = home
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Return when it accepts connections."""
        given = {
            "port": self._port,
            "home": str(self._home),
            "service_key": str(SERVICE_KEY),
            "client_key": str(CLIENT_KEY.public_key()),
            "ndau_keys": [str(key) for key in NDAU_KEYS],
        }
        program = Path(__file__).with_name("service_process.py")
        command = [sys.executable, str(program)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(given))
        self._process.stdin.close()
        assert self._process.stdout.readline().startswith("signing service ready: ")

    def end(self, signal_number: int) -> int:
        """Send a signal; return the exit code."""
        process, self._process = self._process, None
        assert process
        assert process.stdout
        process.send_signal(signal_number)
        code = process.wait(timeout=DEADLINE_SECONDS)
        process.stdout.close()
        return code

    @property
    def is_running(self) -> bool:
        return self._process is not None


@pytest.fixture
def service_process(tmp_path: Path) -> Iterator[ServiceProcess]:
    process = ServiceProcess(tmp_path / "signer")
    process.start()
    yield process
    if process.is_running:
        process.end(9)
