"""The coordinator's side of the signing protocol: `app.ports.Signer` over a websocket that stays open."""

import logging
import os
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tenacity import Retrying, before_sleep_log, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

from app.domain.errors import InvalidInput, SignerRefused, SignerUnavailable
from app.ndau.keys import PrivateKey, PublicKey, Signature
from app.ndau.transactions import Issue
from app.ports import SignedIssue
from app.signing.connection import Connection
from app.signing.endpoint import Endpoint
from app.signing.frames import FrameInvalid, IssueFields, Refused, Sign, Signed, parse_from_service
from app.signing.line import LineLost, NoAnswer

LOG = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 2.0


@dataclass(slots=True)
class _Channel:
    """The connection of one process; the lock makes requests wait for each other."""

    pid: int = field(default_factory=os.getpid)
    lock: threading.Lock = field(default_factory=threading.Lock)
    connection: Connection | None = None


class SigningClient:
    """Asks the signing service for signatures.

    The connection is opened by the first request, kept open and alive, and reopened when it is lost. A forked process
    opens its own. Safe for threads; requests wait for each other. Close it, or use it as a context manager.

    Attributes:
        timeout_seconds: for one answer; also how long a request tries to reach a service that is not there.

    Raises:
        InvalidInput: the URL is none, or not wss though the host is another.
    """

    def __init__(
        self,
        url: str,
        *,
        client_key: PrivateKey,
        service_key: PublicKey,
        timeout_seconds: float = 10.0,
        ca_file: Path | None = None,
        ping_interval_seconds: float = 15.0,
    ) -> None:
        self._endpoint = Endpoint(url, ca_file)
        self._client_key = client_key
        self._service_key = service_key
        self.timeout_seconds = timeout_seconds
        self._ping_interval_seconds = ping_interval_seconds
        self._channel = _Channel()

    @property
    def last_pong_at(self) -> datetime | None:
        """When the service last answered a ping of this connection, UTC; None without connection or before the first."""
        connection = self._channel.connection
        return connection.last_pong_at if connection else None

    def sign_issue(self, quantity_napu: int, sequence: int, keys: Sequence[str]) -> SignedIssue:
        """Have an Issue signed; only signatures that verify for one of the keys are ever returned.

        Raises:
            SignerUnavailable: not connected, no answer in time, or an answer that is none; asking again is safe.
            SignerRefused: the policy forbids it.
            AuthenticationFailed: one side does not accept the other's key.
            InvalidInput: a number is out of range, or a key is none.
        """
        issue = Issue(qty=quantity_napu, sequence=sequence)
        if not keys:
            raise InvalidInput("no key to sign with; expected the account's validation keys")
        public_keys = [PublicKey.parse(key) for key in keys]
        tx = IssueFields(qty=quantity_napu, sequence=sequence)
        request = Sign(id=uuid.uuid4(), tx_type="Issue", tx=tx, keys=tuple(keys))
        with self._own_channel() as channel:
            answer = self._ask(channel, request)
        if isinstance(answer, Refused):
            raise SignerRefused(f"the signing service refused: {answer.message}", code=answer.code)
        return _checked(issue, public_keys, answer)

    def check(self) -> tuple[str, ...]:
        """Connect if need be, once, see that the service answers, and return the public keys it can sign with.

        Raises:
            SignerUnavailable: it does not answer.
            AuthenticationFailed: one side does not accept the other's key.
        """
        with self._own_channel() as channel:
            connection = self._connection(channel) or self._open(channel)
            try:
                connection.ping()
            except LineLost as lost:
                raise self._unavailable(lost) from lost
            return connection.keys

    def close(self) -> None:
        """Close the connection; the next request would open another."""
        with self._own_channel() as channel:
            _drop(channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _own_channel(self) -> Iterator[_Channel]:
        if self._channel.pid != os.getpid():
            # Forked: the connection is the parent's, and the lock may have been copied in the locked state.
            inherited, self._channel = self._channel, _Channel()
            if inherited.connection:
                inherited.connection.abandon()
        channel = self._channel
        with channel.lock:
            yield channel

    def _ask(self, channel: _Channel, request: Sign) -> Signed | Refused:
        try:
            return self._ask_once(channel, request)
        except NoAnswer as error:
            raise self._unavailable(error) from error
        except LineLost as lost:
            LOG.info("asking the signing service again: %s", lost)
        try:
            return self._ask_once(channel, request)
        except LineLost as lost:
            raise self._unavailable(lost) from lost

    def _ask_once(self, channel: _Channel, request: Sign) -> Signed | Refused:
        connection = self._connection(channel) or self._open_patiently(channel)
        try:
            answer = parse_from_service(connection.ask(request.text()))
        except FrameInvalid as error:
            _drop(channel)
            raise self._unavailable(error) from error
        if not isinstance(answer, Signed | Refused) or answer.id != request.id:
            _drop(channel)
            raise SignerUnavailable("the signing service answered something else than it was asked")
        return answer

    def _connection(self, channel: _Channel) -> Connection | None:
        if channel.connection and not channel.connection.is_alive:
            _drop(channel)
        return channel.connection

    def _open_patiently(self, channel: _Channel) -> Connection:
        retrying = Retrying(
            retry=retry_if_exception_type(SignerUnavailable),
            wait=wait_exponential_jitter(
                multiplier=_FIRST_WAIT_SECONDS, max=_LONGEST_WAIT_SECONDS, jitter=_FIRST_WAIT_SECONDS
            ),
            stop=stop_after_delay(self.timeout_seconds),
            sleep=_wait,
            before_sleep=before_sleep_log(LOG, logging.INFO),
            reraise=True,
        )
        return retrying(self._open, channel)

    def _open(self, channel: _Channel) -> Connection:
        channel.connection = Connection.open(
            self._endpoint,
            self._client_key,
            self._service_key,
            timeout_seconds=self.timeout_seconds,
            ping_interval_seconds=self._ping_interval_seconds,
        )
        return channel.connection

    def _unavailable(self, error: Exception) -> SignerUnavailable:
        return SignerUnavailable(f"the signing service at {self._endpoint.url} did not answer: {error}")


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def _drop(channel: _Channel) -> None:
    if channel.connection:
        channel.connection.close()
        channel.connection = None


def _checked(issue: Issue, keys: Sequence[PublicKey], answer: Signed) -> SignedIssue:
    if answer.tx_hash != issue.hash():
        raise SignerUnavailable(f"the signing service signed {answer.tx_hash}; expected {issue.hash()}")
    # Each key once: a signature that comes twice would be refused by the blockchain.
    unused = list(dict.fromkeys(keys))
    for text in answer.signatures:
        signer = _signer_of(issue, unused, text)
        if signer is None:
            raise SignerUnavailable("the signing service answered with a signature of none of the keys asked for")
        unused.remove(signer)
    return SignedIssue(tx_hash=answer.tx_hash, signatures=answer.signatures)


def _signer_of(issue: Issue, keys: Sequence[PublicKey], text: str) -> PublicKey | None:
    try:
        signature = Signature.parse(text)
    except InvalidInput:
        return None
    return next((key for key in keys if key.verify(issue.signable_bytes(), signature)), None)
