"""A small HTTP server in a thread of the process that it tells of."""

import logging
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

log = logging.getLogger(__name__)

_MOST_CONNECTIONS = 16
_LONGEST_REQUEST = 8_192
_REQUEST_SECONDS = 5.0
_QUEUE = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answers."""

    status: HTTPStatus
    content_type: str
    body: bytes


Page = Callable[[], Answer]


class VitalsServer:
    """Answers GET and HEAD of its pages, by path, until closed; anybody who can connect may ask.

    No more than 16 connections are served at a time, each for five seconds at most; further ones are closed.
    """

    def __init__(self, host: str, port: int, pages: Mapping[str, Page]) -> None:
        """Listen and serve; port 0 takes any free one.

        Raises:
            OSError: the port is taken, or the host is none of this machine's.
        """
        self._pages = pages
        self._places = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        self._listener = socket.create_server(address[:2], family=family, backlog=_QUEUE)
        self.port: int = self._listener.getsockname()[1]
        _close_in_children(self._listener)
        threading.Thread(target=self._accept, name="vitals", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):  # closed already
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for connections
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if self._listener.fileno() < 0:
                    return
                time.sleep(0.1)  # noqa: TID251  no descriptor is left, or the like; it must not be asked in a hot loop
                continue
            if not self._places.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), name="vitals", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                with suppress(OSError):  # whoever asked is gone
                    self._answer(connection)
            except Exception:
                log.exception("a request for vitals broke")
            finally:
                self._places.release()

    def _answer(self, connection: socket.socket) -> None:
        request = _head_of(connection)
        if request is None:
            return
        method, path = request
        answer = self._page(method, path)
        connection.settimeout(_REQUEST_SECONDS)
        connection.sendall(_encoded(answer, with_body=method != "HEAD"))

    def _page(self, method: str, path: str) -> Answer:
        page = self._pages.get(path)
        if page is None:
            return text(HTTPStatus.NOT_FOUND, f"there is nothing here; expected one of: {', '.join(self._pages)}")
        if method not in ("GET", "HEAD"):
            return text(HTTPStatus.METHOD_NOT_ALLOWED, "expected GET or HEAD")
        return page()


def text(status: HTTPStatus, words: str) -> Answer:
    """Return an answer in plain words."""
    return Answer(status, "text/plain; charset=utf-8", f"{words}\n".encode())


def _head_of(connection: socket.socket) -> tuple[str, str] | None:
    """Return a request's method and path; None when it is none, is too long or does not come in time."""
    deadline = time.monotonic() + _REQUEST_SECONDS
    received = b""
    while b"\r\n\r\n" not in received:
        left = deadline - time.monotonic()
        if left <= 0 or len(received) > _LONGEST_REQUEST:
            return None
        connection.settimeout(left)
        part = connection.recv(_LONGEST_REQUEST)
        if not part:
            return None
        received += part
    words = received.partition(b"\r\n")[0].decode("latin-1").split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004  method, target, version
        return None
    return words[0], words[1].partition("?")[0]


def _encoded(answer: Answer, *, with_body: bool) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\n"
        f"Content-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"{'Allow: GET, HEAD' + chr(13) + chr(10) if answer.status == HTTPStatus.METHOD_NOT_ALLOWED else ''}"
        "Connection: close\r\n\r\n"
    )
    return head.encode("latin-1") + (answer.body if with_body else b"")


def _close_in_children(listener: socket.socket) -> None:
    """Have forked children let go of the socket: one that outlives its parent would keep the port from the next."""
    known = weakref.ref(listener)

    def close() -> None:
        if still := known():
            still.close()

    os.register_at_fork(after_in_child=close)
