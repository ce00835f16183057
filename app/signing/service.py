"""The signing service: a websocket server around a `Signatory`."""

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as serve_websocket
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

from app.domain.errors import InvalidInput
from app.signing.conversation import Conversations
from app.signing.frames import MAX_FRAME_BYTES
from app.signing.handshake import SUBPROTOCOL
from app.signing.journal import Journal
from app.signing.server_settings import SignerServerSettings
from app.signing.signatory import Signatory

LOG = logging.getLogger(__name__)

JOURNAL_FILE = "journal.sqlite3"

_CLOSE_TIMEOUT_SECONDS = 5.0


def serve(settings: SignerServerSettings, *, announce: Callable[[str], object] = LOG.info) -> None:
    """Serve until SIGTERM or SIGINT; then answer what has arrived, close and return.

    Call it in the main thread. `announce` is given one line once connections are accepted: "signing service ready: URL
    KEY", with the port that was taken and the service's public key.

    Raises:
        InvalidInput: the home, the journal, the certificate or the address cannot be used.
    """
    asyncio.run(_serve_until_signal(settings, announce))


async def run(settings: SignerServerSettings, *, stopping: asyncio.Event, announce: Callable[[str], object]) -> None:
    """Serve until `stopping` is set, inside an event loop; otherwise as `serve`."""
    settings.prepare_home()
    journal = Journal(settings.home / JOURNAL_FILE, now=lambda: datetime.now(UTC))
    signatory = Signatory(home=settings.home, journal=journal, keys=settings.ndau_keys, limits=settings.limits)
    # The worker is left before the journal closes, so a decision under way is finished.
    with signatory, ThreadPoolExecutor(max_workers=1, thread_name_prefix="signatory") as worker:
        conversations = Conversations(
            signatory=signatory,
            service_key=settings.service_key,
            client_keys=frozenset(settings.client_keys),
            handshake_timeout_seconds=settings.handshake_timeout_seconds,
            worker=worker,
            stopping=stopping,
        )
        server = await _listen(settings, conversations)
        announce(_ready_line(settings, server))
        await stopping.wait()
        await _stop(server)


async def _serve_until_signal(settings: SignerServerSettings, announce: Callable[[str], object]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await run(settings, stopping=stopping, announce=announce)


async def _listen(settings: SignerServerSettings, conversations: Conversations) -> Server:
    async def admit(connection: ServerConnection) -> None:
        if len(server.connections) > settings.max_connections:
            LOG.warning("turned away a connection: there are %d already", settings.max_connections)
            await connection.close(CloseCode.TRY_AGAIN_LATER, "too many connections")
            return
        await conversations.hold(connection)

    try:
        server = await serve_websocket(
            admit,
            settings.host,
            settings.port,
            ssl=settings.tls(),
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            origins=[None],  # Browsers always send an Origin; no page has business here.
            compression=None,
            max_size=MAX_FRAME_BYTES,
            open_timeout=settings.handshake_timeout_seconds,
            close_timeout=_CLOSE_TIMEOUT_SECONDS,
            server_header=None,
        )
    except OSError as error:
        raise InvalidInput(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}") from error
    return server


async def _stop(server: Server) -> None:
    """Let the conversations end by themselves, which they do at once; then close those that did not."""
    server.close(close_connections=False)
    try:
        async with asyncio.timeout(_CLOSE_TIMEOUT_SECONDS):
            await server.wait_closed()
    except TimeoutError:
        for connection in server.connections:
            await connection.close(CloseCode.GOING_AWAY)
        await server.wait_closed()


def _ready_line(settings: SignerServerSettings, server: Server) -> str:
    port = server.sockets[0].getsockname()[1]
    scheme = "wss" if settings.certificate else "ws"
    place = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"signing service ready: {scheme}://{place}:{port} {settings.service_key.public_key()}"
