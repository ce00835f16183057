"""Keeps a request from being too large or too slow, so that nobody takes the server up."""

import asyncio
import logging

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.console.problems import problem

log = logging.getLogger(__name__)

LONGEST_BODY_BYTES = 1024 * 1024
BODY_SECONDS = 15.0
ANSWER_SECONDS = 600.0
"""A long download is over by then, however slowly it is read: it holds a connection to the ledger."""

_LASTING = {"/live"}

_TOO_LONG = f"the body is too long; expected at most {LONGEST_BODY_BYTES} bytes"
_CLOSE = {"Connection": "close"}


class Limits:
    """Bounds how much a client may send, and how long that may take; `app.console.door` bounds the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declared_bytes(scope) > LONGEST_BODY_BYTES:
            await problem(413, _TOO_LONG, _CLOSE)(scope, receive, send)
            return
        longest = None if scope["path"] in _LASTING else ANSWER_SECONDS
        try:
            async with asyncio.timeout(longest):
                await self._app(scope, _Body(receive).receive, send)
        except TimeoutError:
            log.warning("%s %s was not done within %g s and is given up", scope["method"], scope["path"], longest)


class _Body:
    """What a client sends with one request."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._received_bytes = 0
        self._is_received = False
        self._body_ends_at = asyncio.get_running_loop().time() + BODY_SECONDS

    async def receive(self) -> Message:
        if self._is_received:
            return await self._receive()  # the end of the connection, for which answers that last wait
        try:
            async with asyncio.timeout_at(self._body_ends_at):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, f"the body did not arrive within {BODY_SECONDS:g} s", _CLOSE) from None
        self._received_bytes += len(message.get("body", b""))
        if self._received_bytes > LONGEST_BODY_BYTES:
            raise HTTPException(413, _TOO_LONG, _CLOSE)
        self._is_received = not message.get("more_body", False)
        return message


def _declared_bytes(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    return int(declared) if declared.isdecimal() else 0
