"""The network between our processes and the servers: bytes, lost on the way there or back, late, broken or cut.

It takes the place of a `requests.Session`, so that all of the adapters above it is the real thing.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

from tests.simulation.faults import Dice, Fault
from tests.simulation.scheduler import SECOND, Process, Scheduler

LONGEST_ON_THE_WAY_US = 8 * SECOND
"""A request whose sender has given up arrives within this time, or never."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it arrives.

    Attributes:
        offer: the offer that the sender is about to place, which the request itself may not tell; for the truth.
    """

    method: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sender: Process | None = None
    offer: str = ""

    @property
    def name(self) -> str:
        """What is called, for the trace."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answers."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200) -> Self:
        """Return JSON."""
        return cls(status, json.dumps(value).encode())


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def read1(self, size: int, *, decode_content: bool) -> bytes:
        """Return the whole body at once, then nothing."""
        del size, decode_content
        body, self._body = self._body, b""
        return body


class _Response:
    """As much of `requests.Response` as the adapters use."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.headers = answer.headers
        self.raw = _Raw(answer.body)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""


class Network(requests.Session):
    """The way from one process to one server.

    Attributes:
        is_cut: asked at each call; nothing arrives while it is.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        dice: Dice,
        step: Callable[[str, int], Process],
        serve: Callable[[Call], Answer],
        *,
        placing: Callable[[], str] = str,
    ) -> None:
        super().__init__()
        self._scheduler = scheduler
        self._dice = dice
        self._step = step
        self._serve = serve
        self._placing = placing
        self.is_cut: Callable[[], bool] = lambda: False

    def request(self, method: str, url: str, **options: object) -> _Response:  # type: ignore[override]
        """Carry a call there and its answer back, or fail like `requests` does."""
        split = urlsplit(url)
        fields = {str(name): str(value) for name, value in _mapping(options.get("params")).items()}
        sender = self._step(f"{method} {split.path}", self._dice.latency_us())
        call = Call(method, split.path, fields, _body(options), _headers(options), sender, self._placing())
        answer = self._answer(call, changes=method != "GET")
        self._scheduler.note(sender.name, f"     {call.name} -> {answer.status} {answer.body[:90]!r}")
        return _Response(answer)

    def _answer(self, call: Call, *, changes: bool) -> Answer:
        strikes = self._dice.strikes
        if self.is_cut():
            self._time_out(call, Fault.OUTAGE)
        if strikes(Fault.NOT_SENT):
            self._trace(call, Fault.NOT_SENT)
            raise requests.ConnectionError(MaxRetryError(_POOL, call.path, NewConnectionError(_POOL, "refused")))  # type: ignore[arg-type]
        if strikes(Fault.LOST_REQUEST):
            self._time_out(call, Fault.LOST_REQUEST)
        if changes and strikes(Fault.LATE_REQUEST):
            self._scheduler.after(self._dice.between(0, LONGEST_ON_THE_WAY_US), lambda: self._arrive_late(call))
            self._time_out(call, Fault.LATE_REQUEST)
        if strikes(Fault.ERROR_BEFORE):
            return Answer(503, b"<html>try again later</html>")
        answer = self._serve(call)
        if strikes(Fault.LOST_ANSWER):
            self._time_out(call, Fault.LOST_ANSWER)
        if strikes(Fault.ERROR_AFTER):
            return Answer(502, b'{"message": "bad gateway", "msg": "bad gateway"}')
        if strikes(Fault.GARBAGE):
            return Answer(200, self._dice.random.randbytes(20))
        if answer.body and strikes(Fault.CUT_ANSWER):
            return Answer(answer.status, answer.body[: self._dice.between(0, len(answer.body) - 1)], answer.headers)
        return answer

    def _time_out(self, call: Call, fault: Fault) -> None:
        self._trace(call, fault)
        assert call.sender is not None
        call.sender.pause(self._dice.between(200_000, 3 * SECOND))
        raise requests.ReadTimeout(fault)

    def _arrive_late(self, call: Call) -> None:
        self._scheduler.note("network", f"{call.name} arrives late")
        self._serve(replace(call, sender=None))

    def _trace(self, call: Call, fault: Fault) -> None:
        self._scheduler.note(call.sender.name if call.sender else "network", f"     {call.name}: {fault}")


_POOL = HTTPConnectionPool("simulated")


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _headers(options: Mapping[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in _mapping(options.get("headers")).items()}


def _body(options: Mapping[str, object]) -> bytes:
    if options.get("json") is not None:
        return json.dumps(options["json"]).encode()
    data = options.get("data")
    if isinstance(data, Mapping):
        return json.dumps(dict(data)).encode()
    return str(data).encode() if data is not None else b""


def form_of(call: Call) -> dict[str, str]:
    """Return the named texts of a call's body."""
    text = call.body.decode()
    found: object = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
    return {str(name): str(value) for name, value in _mapping(found).items()}
