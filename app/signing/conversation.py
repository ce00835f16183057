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
from app.signing.bounded import BoundedConnection
from app.signing.frames import (
    Auth,
    FrameInvalid,
    Recall,
    Recalled,
    Refused,
    Sign,
    Signed,
    parse_from_client,
    request_id,
)
from app.signing.gate import Gate
from app.signing.handshake import HandshakeFailed, ServiceHandshake
from app.signing.notices import Notices
from app.signing.peers import Peer
from app.signing.policy import Refusal
from app.signing.signatory import Signatory, refused

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Client:
    key: PublicKey
    peer: Peer


class _NoPlace(Exception):
    """There are as many clients as there may be."""


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
    gate: Gate
    notices: Notices

    async def hold(self, connection: ServerConnection) -> None:
        """Shake hands, then answer requests until either side ends it."""
        peer = Peer.of(connection.remote_address)
        try:
            client = await self._shake_hands(connection, peer)
            await self._answer_all(connection, client)
            await connection.close(CloseCode.GOING_AWAY, "the signing service is stopping")
        except ConnectionClosed as closed:
            unread = isinstance(connection, BoundedConnection) and connection.is_unread
            self._note_end(peer, "it does not read what it is answered" if unread else str(closed))
        except TimeoutError:
            self.gate.turn_away(peer, f"no handshake within {self.handshake_timeout_seconds} s")
            await connection.close(CloseCode.TRY_AGAIN_LATER, "the handshake took too long")
        except _NoPlace:
            self.gate.turn_away(peer, "there are as many clients as there may be")
            await connection.close(CloseCode.TRY_AGAIN_LATER, "too many connections")
        except HandshakeFailed as error:
            # The other side may be anybody: what was wrong stands in the log only.
            self.gate.turn_away(peer, str(error))
            await connection.close(CloseCode.POLICY_VIOLATION, "not authorized")
        except FrameInvalid as error:
            self.gate.turn_away(peer, str(error))
            await connection.close(CloseCode.PROTOCOL_ERROR, "the message is not one of the protocol")
        except sqlite3.Error:
            LOG.exception("the journal cannot be used; nothing was signed")
            await connection.close(CloseCode.INTERNAL_ERROR, "the signing service cannot use its journal")

    async def _shake_hands(self, connection: ServerConnection, peer: Peer) -> _Client:
        handshake = ServiceHandshake(self.service_key, self.client_keys)
        async with asyncio.timeout(self.handshake_timeout_seconds):
            await connection.send(handshake.hello().text())
            auth = parse_from_client(await connection.recv())
            if not isinstance(auth, Auth):
                raise HandshakeFailed(f"the first message is {auth.type!r}; expected 'auth'")
            client = _Client(handshake.client_of(auth), peer)
            if not self.gate.prove(peer):
                raise _NoPlace
            await connection.send(handshake.ready(auth, self.signatory.public_keys).text())
        self.notices.inform("client connected", peer, str(client.key))
        return client

    async def _answer_all(self, connection: ServerConnection, client: _Client) -> None:
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

    async def _answer(self, text: str | bytes, client: _Client) -> Signed | Recalled | Refused:
        try:
            request = parse_from_client(text)
        except FrameInvalid as error:
            identifier = request_id(text)
            if identifier is None:
                raise
            answer = refused(identifier, Refusal("bad_request", str(error)))
            self._note_refusal(answer, client)
            return answer
        if isinstance(request, Auth):
            raise FrameInvalid(f"the message is {request.type!r}; expected 'sign' or 'recall'")
        return await self._decided(request, client)

    async def _decided(self, request: Sign | Recall, client: _Client) -> Signed | Recalled | Refused:
        loop = asyncio.get_running_loop()
        if isinstance(request, Recall):
            return await loop.run_in_executor(self.worker, self.signatory.recall, request)
        answer = await loop.run_in_executor(self.worker, self.signatory.answer, request, client.key)
        if isinstance(answer, Refused):
            self._note_refusal(answer, client)
        return answer

    def _note_refusal(self, answer: Refused, client: _Client) -> None:
        self.notices.warn(f"refused a request ({answer.code})", client.peer, f"{answer.message}; asked by {client.key}")

    def _note_end(self, peer: Peer, why: str) -> None:
        if self.gate.has_proven(peer):
            self.notices.inform("connection ended", peer, why)
        else:
            self.gate.turn_away(peer, f"it ended before it had proven who it is: {why}")
