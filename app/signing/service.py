"""The signing service: a websocket server around a `Signatory`."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from websockets.asyncio.server import Server
from websockets.frames import CloseCode

from app.domain.errors import InvalidInput
from app.signing.conversation import Conversations
from app.signing.door import open_doors
from app.signing.gate import Gate
from app.signing.journal import Journal
from app.signing.listening import listen
from app.signing.notices import Notices
from app.signing.server_settings import SignerServerSettings
from app.signing.signatory import Signatory

LOG = logging.getLogger(__name__)

JOURNAL_FILE = "journal.sqlite3"

_HOUSEKEEPING_SECONDS = 1.0
_LAST_ANSWERS_SECONDS = 5.0


def _nobody() -> None:
    """Tell nobody that it lives."""


def serve(
    settings: SignerServerSettings,
    *,
    announce: Callable[[str], object] = LOG.info,
    alive: Callable[[], object] = _nobody,
) -> None:
    """Serve until SIGTERM or SIGINT; then answer what has arrived, close and return.

    Call it in the main thread. `announce` is given one line once connections are accepted: "signing service ready: URL
    KEY", with the port that was taken and the service's public key. `alive` is called about every second for as long as
    connections are served and the thread that signs is free for more.

    Raises:
        InvalidInput: the home, the journal, the certificate or the address cannot be used.
    """
    # What there is by now stays. The gate has to collect what connections leave behind, and this keeps that short.
    gc.freeze()
    asyncio.run(_serve_until_signal(settings, announce, alive))


async def run(
    settings: SignerServerSettings,
    *,
    stopping: asyncio.Event,
    announce: Callable[[str], object],
    alive: Callable[[], object] = _nobody,
) -> None:
    """Serve until `stopping` is set, inside an event loop; otherwise as `serve`."""
    settings.prepare_home()
    journal = Journal(settings.home / JOURNAL_FILE, now=lambda: datetime.now(UTC))
    signatory = Signatory(home=settings.home, journal=journal, keys=settings.ndau_keys, limits=settings.limits)
    notices = Notices()
    gate = Gate(max_proven=settings.max_connections, max_unproven=settings.max_unproven, notices=notices)
    # The worker is left before the journal closes, so a decision under way is finished.
    with signatory, ThreadPoolExecutor(max_workers=1, thread_name_prefix="signatory") as worker:
        conversations = Conversations(
            signatory=signatory,
            service_key=settings.service_key,
            client_keys=frozenset(settings.client_keys),
            handshake_timeout_seconds=settings.handshake_timeout_seconds,
            worker=worker,
            stopping=stopping,
            gate=gate,
            notices=notices,
        )
        servers = await _listen(settings, conversations, gate)
        announce(_ready_line(settings, servers[0]))
        sign_of_life = worker.submit(alive)
        while not stopping.is_set():
            await _wait(stopping, _HOUSEKEEPING_SECONDS)
            gate.sweep()
            notices.tell_counted()
            if sign_of_life.done():
                sign_of_life = worker.submit(alive)
        await asyncio.gather(*(_stop(server) for server in servers))
        gate.sweep()
        notices.tell_counted(at_once=True)


async def _serve_until_signal(
    settings: SignerServerSettings, announce: Callable[[str], object], alive: Callable[[], object]
) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await run(settings, stopping=stopping, announce=announce, alive=alive)


async def _listen(settings: SignerServerSettings, conversations: Conversations, gate: Gate) -> list[Server]:
    tls = settings.tls()
    try:
        doors = open_doors(settings.host, settings.port, gate)
        return [await listen(door, conversations, settings, tls) for door in doors]
    except OSError as error:
        raise InvalidInput(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}") from error


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _stop(server: Server) -> None:
    """Let the conversations end by themselves, which they do at once; then close those that did not."""
    server.close(close_connections=False)
    try:
        async with asyncio.timeout(_LAST_ANSWERS_SECONDS):
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
