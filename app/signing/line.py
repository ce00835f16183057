"""Text messages over an open websocket, pings answered on the way. Not safe for threads: one call at a time."""

import contextlib
import os
import selectors
import socket
import ssl
import struct
import time
from datetime import UTC, datetime

import websocket
from websocket import ABNF, WebSocketException, WebSocketTimeoutException

_PING_BYTES = 8
_SHORTLY_SECONDS = 0.05


class LineLost(Exception):
    """The connection ended or cannot be used any more.

    `close_code` is the websocket close code that the other side sent; None when it sent none.
    """

    def __init__(self, message: str, *, close_code: int | None = None) -> None:
        super().__init__(message)
        self.close_code = close_code


class NoAnswer(LineLost):
    """Nothing came in time; the connection cannot be used any more, since the answer may come yet."""


class Line:
    """Wraps an open websocket; the protocol's messages are one unfragmented text frame each.

    Attributes:
        last_pong_at: when the other side last answered a ping, UTC; None before the first.
    """

    def __init__(self, opened: websocket.WebSocket) -> None:
        self._socket = opened
        self._last_pong = b""
        self.last_pong_at: datetime | None = None

    def send(self, text: str, timeout_seconds: float) -> None:
        """Send a message.

        Raises:
            LineLost: it may or may not have arrived.
        """
        self._socket.settimeout(timeout_seconds)
        try:
            self._socket.send_text(text)
        except (OSError, WebSocketException) as error:
            raise LineLost(f"the connection was lost: {error}") from error

    def receive(self, timeout_seconds: float) -> str:
        """Return the next message.

        Raises:
            NoAnswer: there was none in time.
            LineLost: the other side closed, or broke the protocol.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            text = self._handle(self._next_frame(deadline))
            if text is not None:
                return text

    def ping(self, timeout_seconds: float) -> None:
        """Send a ping and wait for its pong.

        Raises:
            LineLost: it did not come in time, or a message came that nobody asked for.
        """
        deadline = time.monotonic() + timeout_seconds
        payload = os.urandom(_PING_BYTES)
        self._socket.settimeout(timeout_seconds)
        try:
            self._socket.ping(payload)
        except (OSError, WebSocketException) as error:
            raise LineLost(f"the connection was lost: {error}") from error
        while self._last_pong != payload:
            self._expect_control(self._next_frame(deadline))

    def wait_for_input(self, timeout_seconds: float) -> None:
        """Return when something arrives, the end of the connection included, or after `timeout_seconds`.

        The one method that another thread may call meanwhile: it does not touch the websocket's or TLS's state.
        """
        self._is_readable(timeout_seconds)

    def drain(self) -> None:
        """Deal with the pings, pongs and the close that have arrived while nobody asked for anything.

        Raises:
            LineLost: the other side closed, or sent a message that nobody asked for.
        """
        while self._has_input():
            try:
                # TLS may have had something to read that is no frame yet; the rest of one is read next time.
                self._expect_control(self._next_frame(time.monotonic() + _SHORTLY_SECONDS))
            except NoAnswer:
                return

    def say_goodbye(self) -> None:
        """Tell the other side that this is the end, if it can still be told."""
        self._socket.settimeout(_SHORTLY_SECONDS)
        with contextlib.suppress(OSError, WebSocketException):
            self._socket.send_close()

    def hang_up(self) -> None:
        """End the connection for both sides; a thread in `wait_for_input` wakes up."""
        with contextlib.suppress(OSError):
            if self._socket.sock:
                self._socket.sock.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Close this process's end only: a parent or child process that shares the connection keeps it."""
        self._socket.shutdown()  # type: ignore[no-untyped-call]  # the library has no types here

    def _has_input(self) -> bool:
        # What TLS has decrypted already does not show on the socket.
        decrypted = isinstance(self._socket.sock, ssl.SSLSocket) and self._socket.sock.pending() > 0
        return decrypted or self._is_readable(0)

    def _is_readable(self, timeout_seconds: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return bool(selector.select(timeout_seconds))

    def _next_frame(self, deadline: float) -> ABNF:
        remaining_seconds = deadline - time.monotonic()
        if remaining_seconds <= 0:
            raise NoAnswer("nothing came in time")
        self._socket.settimeout(remaining_seconds)
        try:
            frame: ABNF = self._socket.recv_frame()  # type: ignore[no-untyped-call]  # the library has no types here
        except WebSocketTimeoutException as error:
            raise NoAnswer("nothing came in time") from error
        except (OSError, WebSocketException) as error:
            raise LineLost(f"the connection was lost: {error}") from error
        return frame

    def _handle(self, frame: ABNF) -> str | None:
        data = frame.data.encode() if isinstance(frame.data, str) else frame.data
        if frame.opcode == ABNF.OPCODE_TEXT and frame.fin:
            return _decoded(data)
        if frame.opcode == ABNF.OPCODE_PONG:
            self._last_pong = data
            self.last_pong_at = datetime.now(UTC)
        elif frame.opcode == ABNF.OPCODE_PING:
            self._pong(data)
        elif frame.opcode == ABNF.OPCODE_CLOSE:
            self.say_goodbye()
            raise _closed(data)
        else:
            raise LineLost("the other side sent a fragment or a binary frame; expected whole text frames")
        return None

    def _pong(self, data: bytes) -> None:
        try:
            self._socket.pong(data)
        except (OSError, WebSocketException) as error:
            raise LineLost(f"the connection was lost: {error}") from error

    def _expect_control(self, frame: ABNF) -> None:
        if self._handle(frame) is not None:
            raise LineLost("the other side sent a message that nobody asked for")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LineLost("the other side sent text that is not UTF-8") from error


def _closed(data: bytes) -> LineLost:
    if len(data) < 2:  # noqa: PLR2004  a close code's length
        return LineLost("the other side closed the connection")
    (code,) = struct.unpack("!H", data[:2])
    reason = data[2:].decode("utf-8", "replace")
    return LineLost(f"the other side closed the connection: {code} {reason}".rstrip(), close_code=code)
