"""The coordinator's side of the signing protocol: `app.ports.signer.Signer` over a websocket that stays open."""

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
from typing import Self, TypeVar

from tenacity import Retrying, before_sleep_log, retry_if_exception_type, stop_after_delay, wait_exponential_jitter
from websocket import STATUS_PROTOCOL_ERROR

from app.crash_points import around
from app.domain.errors import InvalidInput, SignerRefused, SignerUnavailable
from app.domain.money import MAX_AMOUNT
from app.ndau.keys import PrivateKey, PublicKey
from app.ndau.transactions import Issue
from app.ports.observer import CallWatch, unwatched
from app.ports.signer import SignedBefore, SignedIssue
from app.signing.checking import checked_memory, checked_signatures
from app.signing.connection import Connection
from app.signing.endpoint import Endpoint
from app.signing.frames import (
    FrameInvalid,
    FromService,
    IssueFields,
    Recall,
    Recalled,
    Refused,
    Sign,
    Signed,
    parse_from_service,
)
from app.signing.line import LineLost, NoAnswer

LOG = logging.getLogger(__name__)

_AnswerT = TypeVar("_AnswerT", Signed, Recalled)

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
        watch: CallWatch = unwatched,
    ) -> None:
        self._endpoint = Endpoint(url, ca_file)
        self._client_key = client_key
        self._service_key = service_key
        self.timeout_seconds = timeout_seconds
        self._ping_interval_seconds = ping_interval_seconds
        self._watch = watch
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
        return checked_signatures(issue, public_keys, self._ask(request, Signed))

    def recall(self, after_sequence: int) -> Sequence[SignedBefore]:
        """Return all that the service ever signed with a sequence above this one, ascending.

        What it tells rests on its journal: a transaction in it was signed, and may or may not be on the chain.

        Raises:
            SignerUnavailable: not connected, no answer in time, an answer that is none, or the service is too old to
                know what is asked: upgrade it.
            SignerRefused: it does not answer this.
            AuthenticationFailed: one side does not accept the other's key.
            InvalidInput: the sequence is not one from 0 to 2^63-1.
        """
        if not 0 <= after_sequence <= MAX_AMOUNT:
            raise InvalidInput(f"the sequence to recall from is {after_sequence}; expected 0 to {MAX_AMOUNT}")
        told: list[SignedBefore] = []
        more = True
        while more:
            after = told[-1].sequence if told else after_sequence
            answer = self._ask(Recall(id=uuid.uuid4(), after=after), Recalled)
            told += checked_memory(after, answer)
            more = answer.more
        return told

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

    def _ask(self, request: Sign | Recall, expected: type[_AnswerT]) -> _AnswerT:
        with self._watch(request.type), self._own_channel() as channel:
            answer = self._ask_twice(channel, request)
            if isinstance(answer, expected) and answer.id == request.id:
                return answer
            if isinstance(answer, Refused) and answer.id == request.id:
                raise SignerRefused(f"the signing service refused: {answer.message}", code=answer.code)
            _drop(channel)
        raise SignerUnavailable("the signing service answered something else than it was asked")

    def _ask_twice(self, channel: _Channel, request: Sign | Recall) -> FromService:
        try:
            return self._ask_once(channel, request)
        except NoAnswer as error:
            raise self._unavailable(error) from error
        except LineLost as lost:
            if isinstance(request, Recall) and lost.close_code == STATUS_PROTOCOL_ERROR:
                raise SignerUnavailable(
                    f"the signing service at {self._endpoint.url} does not know 'recall'; upgrade the signing service"
                ) from lost
            LOG.info("asking the signing service again: %s", lost)
        try:
            return self._ask_once(channel, request)
        except LineLost as lost:
            raise self._unavailable(lost) from lost

    def _ask_once(self, channel: _Channel, request: Sign | Recall) -> FromService:
        connection = self._connection(channel) or self._open_patiently(channel)
        try:
            with around(f"send: {request.type}"):
                text = connection.ask(request.text())
            return parse_from_service(text)
        except FrameInvalid as error:
            _drop(channel)
            raise self._unavailable(error) from error

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
