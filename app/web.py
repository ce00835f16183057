"""What our HTTP servers have in common."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.requests import Request

from app.domain.errors import InvalidInput

_WAITING = 100
"""Connections that nobody has accepted yet."""


class QuietServer(uvicorn.Server):
    """Leaves signals to the process it is a part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def take_port(host: str, port: int, *, who: str) -> socket.socket:
    """Return a socket that listens; port 0 takes any free one.

    Raises:
        InvalidInput: the port cannot be taken; `who` begins the sentence.
    """
    plain = host.strip("[]")
    family = socket.AF_INET6 if ":" in plain else socket.AF_INET
    # Where no protocol is named asyncio leaves Nagle's algorithm on, and an answer's second piece waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((plain, port))
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        raise InvalidInput(f"{who} on {host} port {port}: {error.strerror}") from error
    return listener


async def whole_body(request: Request, longest_bytes: int) -> bytes | None:
    """Return a request's body, or None as soon as it is longer than it may be."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > longest_bytes:
            return None
    return bytes(body)
