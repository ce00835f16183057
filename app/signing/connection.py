"""One open, authenticated connection to the signing service, kept alive from a thread of its own."""

import logging
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Self

from websocket import STATUS_POLICY_VIOLATION, WebSocketException

from app.domain.errors import AuthenticationFailed, SignerUnavailable
from app.ndau.keys import PrivateKey, PublicKey
from app.signing.endpoint import Endpoint
from app.signing.frames import FrameInvalid, Hello, Ready, parse_from_service
from app.signing.handshake import ClientHandshake, HandshakeFailed
from app.signing.line import Line, LineLost

LOG = logging.getLogger(__name__)

_GOODBYE_SECONDS = 1.0


class Connection:
    """Asks one thing at a time and, while nothing is asked, answers and sends pings.

    Attributes:
        keys: what the service says it can sign with, "npub" texts.
    """

    def __init__(
        self, line: Line, keys: tuple[str, ...], *, timeout_seconds: float, ping_interval_seconds: float
    ) -> None:
        self._line = line
        self.keys = keys
        self._timeout_seconds = timeout_seconds
        self._ping_interval_seconds = ping_interval_seconds
        # Guards every use of the line: neither the websocket nor TLS may be read and written by two threads at once.
        self._lock = threading.Lock()
        self._dead = False
        self._keeper = threading.Thread(target=self._keep_alive, name="signer-keepalive", daemon=True)
        self._keeper.start()

    @classmethod
    def open(
        cls,
        endpoint: Endpoint,
        client_key: PrivateKey,
        service_key: PublicKey,
        *,
        timeout_seconds: float,
        ping_interval_seconds: float,
    ) -> Self:
        """Connect and shake hands.

        Raises:
            SignerUnavailable: it cannot be reached now, or what is there is no signing service.
            AuthenticationFailed: one side does not accept the other's key or certificate.
        """
        line = _dial(endpoint, timeout_seconds)
        try:
            keys = _shake_hands(line, ClientHandshake(client_key, service_key), timeout_seconds)
        except BaseException as error:
            line.hang_up()
            line.release()
            if isinstance(error, LineLost | FrameInvalid | HandshakeFailed):
                raise _of_handshake(endpoint, error) from error
            raise
        LOG.info("connected to the signing service at %s", endpoint.url)
        return cls(line, keys, timeout_seconds=timeout_seconds, ping_interval_seconds=ping_interval_seconds)

    @property
    def is_alive(self) -> bool:
        """Whether nothing speaks against using it."""
        return not self._dead

    @property
    def last_pong_at(self) -> datetime | None:
        """When the service last answered a ping, UTC; None before the first."""
        return self._line.last_pong_at

    def ask(self, text: str) -> str:
        """Send a message and return the next one.

        Raises:
            NoAnswer: there was none in time.
            LineLost: the connection ended.
        """
        with self._line_in_use():
            self._line.send(text, self._timeout_seconds)
            answer = self._line.receive(self._timeout_seconds)
            # A ping read along with the answer would not wake the keeper.
            self._attend()
            return answer

    def ping(self) -> None:
        """Make sure that the service is there.

        Raises:
            LineLost: it is not.
        """
        with self._line_in_use():
            self._line.ping(self._timeout_seconds)

    def close(self) -> None:
        """Say goodbye if that is possible at once, and close."""
        if self._lock.acquire(timeout=_GOODBYE_SECONDS):
            if not self._dead:
                self._line.say_goodbye()
            self._dead = True
            self._lock.release()
        self._line.hang_up()
        # The keeper waits on the socket: released first, its number could by then be another file's.
        self._keeper.join()
        self._line.release()

    def abandon(self) -> None:
        """Let go of a connection that belongs to the process which forked this one, and leave it usable there."""
        self._line.release()

    @contextmanager
    def _line_in_use(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except BaseException:
                # Whatever interrupts, a task's time limit too: an answer that comes yet must not meet the next request.
                self._give_up()
                raise

    def _keep_alive(self) -> None:
        next_ping = time.monotonic() + self._ping_interval_seconds
        while not self._dead:
            self._line.wait_for_input(max(0.0, next_ping - time.monotonic()))
            ping_is_due = time.monotonic() >= next_ping
            with self._lock:
                self._attend(ping=ping_is_due)
            if ping_is_due:
                next_ping = time.monotonic() + self._ping_interval_seconds

    def _attend(self, *, ping: bool = False) -> None:
        """Deal with what came unasked for; the caller holds the lock."""
        if self._dead:
            return
        try:
            self._line.drain()
            if ping:
                self._line.ping(self._timeout_seconds)
        except LineLost as lost:
            LOG.info("the idle connection to the signing service ended: %s", lost)
            self._give_up()

    def _give_up(self) -> None:
        # Hanging up at once lets a service that is stopping go, and frees its place for the next connection.
        self._dead = True
        self._line.hang_up()


def _dial(endpoint: Endpoint, timeout_seconds: float) -> Line:
    try:
        return Line(endpoint.open(timeout_seconds))
    except ssl.SSLCertVerificationError as error:
        raise AuthenticationFailed(
            f"the certificate of {endpoint.url} is not trusted: {error.verify_message}"
        ) from error
    except (OSError, WebSocketException) as error:
        raise SignerUnavailable(f"the signing service at {endpoint.url} cannot be reached: {error}") from error


def _shake_hands(line: Line, handshake: ClientHandshake, timeout_seconds: float) -> tuple[str, ...]:
    hello = parse_from_service(line.receive(timeout_seconds))
    if not isinstance(hello, Hello):
        raise FrameInvalid(f"the first message is {hello.type!r}; expected 'hello'")
    line.send(handshake.auth(hello).text(), timeout_seconds)
    ready = parse_from_service(line.receive(timeout_seconds))
    if not isinstance(ready, Ready):
        raise FrameInvalid(f"the second message is {ready.type!r}; expected 'ready'")
    handshake.check(ready)
    return ready.keys


def _of_handshake(endpoint: Endpoint, error: Exception) -> AuthenticationFailed | SignerUnavailable:
    if isinstance(error, HandshakeFailed):
        return AuthenticationFailed(f"the signing service at {endpoint.url} is not the one expected: {error}")
    if isinstance(error, LineLost) and error.close_code == STATUS_POLICY_VIOLATION:
        return AuthenticationFailed(
            f"the signing service at {endpoint.url} does not accept our client key; allow it in the service's settings"
        )
    return SignerUnavailable(f"the signing service at {endpoint.url} did not shake hands: {error}")
