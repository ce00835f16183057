"""One client's connection to the signing service, from the first message to the last."""

import asyncio
import logging
import sqlite3
from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from app.ndau.keys import PrivateKey, PublicKey
from app.signing.frames import Auth, FrameInvalid, Refused, Sign, Signed, parse_from_client, request_id
from app.signing.handshake import HandshakeFailed, ServiceHandshake
from app.signing.policy import Refusal
from app.signing.signatory import Signatory, refused

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conversations:
    """Holds conversations with clients.

    Attributes:
        worker: one thread, so that decisions do not overlap and the disk does not hold up the other connections.
        stopping: once set, what has arrived is still answered, then every conversation ends.
    """

    signatory: Signatory
    service_key: PrivateKey
    client_keys: Collection[PublicKey]
    handshake_timeout_seconds: float
    worker: Executor
    stopping: asyncio.Event

    async def hold(self, connection: ServerConnection) -> None:
        """Shake hands, then answer requests until either side ends it."""
        try:
            client = await self._shake_hands(connection)
            await self._answer_all(connection, client)
            await connection.close(CloseCode.GOING_AWAY, "the signing service is stopping")
        except ConnectionClosed as closed:
            LOG.info("connection ended: %s", closed)
        except TimeoutError:
            LOG.warning("turned away a connection: no handshake within %s s", self.handshake_timeout_seconds)
            await connection.close(CloseCode.TRY_AGAIN_LATER, "the handshake took too long")
        except HandshakeFailed as error:
            # The other side may be anybody: what was wrong stands in the log only.
            LOG.warning("turned away a connection: %s", error)
            await connection.close(CloseCode.POLICY_VIOLATION, "not authorized")
        except FrameInvalid as error:
            LOG.warning("turned away a connection: %s", error)
            await connection.close(CloseCode.PROTOCOL_ERROR, "the message is not one of the protocol")
        except sqlite3.Error:
            LOG.exception("the journal cannot be written; nothing was signed")
            await connection.close(CloseCode.INTERNAL_ERROR, "the signing service cannot write its journal")

    async def _shake_hands(self, connection: ServerConnection) -> PublicKey:
        handshake = ServiceHandshake(self.service_key, self.client_keys)
        async with asyncio.timeout(self.handshake_timeout_seconds):
            await connection.send(handshake.hello().text())
            auth = parse_from_client(await connection.recv())
            if not isinstance(auth, Auth):
                raise HandshakeFailed(f"the first message is {auth.type!r}; expected 'auth'")
            client = handshake.client_of(auth)
            await connection.send(handshake.ready(auth, self.signatory.public_keys).text())
        LOG.info("client connected: %s", client)
        return client

    async def _answer_all(self, connection: ServerConnection, client: PublicKey) -> None:
        while (text := await self._next(connection)) is not None:
            answer = await self._answer(text, client)
            await connection.send(answer.text())

    async def _next(self, connection: ServerConnection) -> str | bytes | None:
        """Return the next message, or None when the service stops and none has arrived."""
        # The receiving task is made first and so runs first: what has arrived is taken even when stopping is set.
        received = asyncio.create_task(connection.recv())
        stopping = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({received, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return received.result() if received.done() else None
        finally:
            received.cancel()
            stopping.cancel()

    async def _answer(self, text: str | bytes, client: PublicKey) -> Signed | Refused:
        try:
            request = parse_from_client(text)
        except FrameInvalid as error:
            identifier = request_id(text)
            if identifier is None:
                raise
            LOG.warning("bad request of %s: %s", client, error)
            return refused(identifier, Refusal("bad_request", str(error)))
        if not isinstance(request, Sign):
            raise FrameInvalid(f"the message is {request.type!r}; expected 'sign'")
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self.worker, self.signatory.answer, request, client)
        _log(request, answer, client)
        return answer


def _log(request: Sign, answer: Signed | Refused, client: PublicKey) -> None:
    tx = request.tx
    if isinstance(answer, Signed):
        LOG.info("signed %s: qty %d napu, sequence %d, for %s", answer.tx_hash, tx.qty, tx.sequence, client)
    else:
        LOG.warning(
            "refused (%s) qty %d napu, sequence %d, for %s: %s",
            *(answer.code, tx.qty, tx.sequence, client, answer.message),
        )
