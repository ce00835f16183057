"""Serves the protocol's websocket behind a door."""

import logging
import ssl

from websockets.asyncio.server import Server
from websockets.asyncio.server import serve as serve_websocket
from websockets.typing import Subprotocol

from app.signing.bounded import BoundedConnection
from app.signing.conversation import Conversations
from app.signing.door import Door
from app.signing.frames import MAX_FRAME_BYTES
from app.signing.handshake import SUBPROTOCOL
from app.signing.server_settings import SignerServerSettings

_GOODBYE_SECONDS = 1.0

_MOST_UNREAD_BYTES = 4 * MAX_FRAME_BYTES
_MOST_WAITING_FRAMES = 2
_ACCEPTED_AT_ONCE = 4
"""To the event loop, the backlog is also how many connections it accepts before it reads from those it has: in a flood a
client must get through its handshake before too many have come who could take its place."""


async def listen(
    door: Door, conversations: Conversations, settings: SignerServerSettings, tls: ssl.SSLContext | None
) -> Server:
    """Start to serve.

    Raises:
        OSError: the door's address cannot be listened on.
    """
    # It logs each connection at INFO, whoever opens it; the gate and the conversations tell what is worth a line.
    library_log = logging.getLogger(f"{__name__}.websocket")
    library_log.setLevel(logging.ERROR)
    return await serve_websocket(
        conversations.hold,
        sock=door,
        backlog=_ACCEPTED_AT_ONCE,
        ssl=tls,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        origins=[None],  # Browsers always send an Origin; no page has business here.
        compression=None,
        max_size=MAX_FRAME_BYTES,
        max_queue=_MOST_WAITING_FRAMES,
        write_limit=_MOST_UNREAD_BYTES,
        open_timeout=settings.handshake_timeout_seconds,
        close_timeout=_GOODBYE_SECONDS,
        ping_interval=settings.ping_interval_seconds,
        ping_timeout=settings.ping_interval_seconds,
        server_header=None,
        create_connection=BoundedConnection,
        logger=library_log,
    )
