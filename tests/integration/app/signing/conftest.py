import asyncio
import datetime as dt
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import websocket
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.sync.server import ServerConnection, serve

from app.signing.client import SigningClient
from app.signing.server_settings import SignerServerSettings
from app.signing.service import run
from tests.integration.app.signing import impostors
from tests.integration.app.signing.process import DEADLINE_SECONDS, Parties, ServiceProcess

PARTIES = Parties()


@pytest.fixture
def parties() -> Parties:
    return PARTIES


@pytest.fixture
def settings(tmp_path: Path) -> SignerServerSettings:
    return SignerServerSettings(
        host="127.0.0.1",
        port=0,
        home=tmp_path / "signer",
        service_key=PARTIES.service_key,
        ndau_keys=PARTIES.ndau_keys,
        client_keys=(PARTIES.client_key.public_key(),),
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
                "client_key": PARTIES.client_key,
                "service_key": PARTIES.service_key.public_key(),
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


@pytest.fixture
def new_service_process(tmp_path: Path) -> Iterator[Callable[..., ServiceProcess]]:
    """Start a service as a process of its own, with these settings beside the usual ones."""
    with ExitStack() as stack:

        def start(**options: object) -> ServiceProcess:
            process = ServiceProcess(tmp_path, PARTIES, options)
            process.start()
            stack.callback(process.kill)
            return process

        yield start


@pytest.fixture
def service_process(new_service_process: Callable[..., ServiceProcess]) -> ServiceProcess:
    return new_service_process()


@pytest.fixture
def impostor() -> Iterator[Callable[..., str]]:
    """Start services that follow a script with each connection; gives the URL of each."""
    with ExitStack() as stack:

        def start(script: Callable[[ServerConnection], None]) -> str:
            server = stack.enter_context(serve(script, "127.0.0.1", 0, subprotocols=["meic-sign.v1"], compression=None))  # type: ignore[list-item]
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"ws://127.0.0.1:{server.socket.getsockname()[1]}"

        yield start


@pytest.fixture
def greet(parties: Parties) -> Callable[[ServerConnection], None]:
    """Shake hands as the service would."""
    return lambda connection: impostors.greet(connection, parties)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, trusted only by who is given it, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, certificate_key = tmp_path / "certificate.pem", tmp_path / "certificate-key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    certificate_key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, certificate_key
