"""The connections under CCXT: what CCXT cannot tell apart, or would wait for without end, is decided here."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests

from app.domain.errors import RateLimited
from exchanges.call_budget import CallBudget
from exchanges.call_rules import BANNED, TOO_MANY, stop_seconds
from exchanges.http_errors import NoAnswer
from exchanges.redaction import Redaction
from exchanges.wire import bounded_body, patience, refuse_late, wire_errors

_MOST_BYTES = 128 * 2**20
"""The list of all markets of a large exchange is some 20 MB."""

_REDIRECT, _BAD_REQUEST, _TIMEOUT, _SERVER_ERROR = 300, 400, 408, 500


@dataclass(slots=True)
class Purpose:
    """What the calls that a thread makes now are for; `asked_at` is when they were asked for, by `monotonic()`."""

    orders: int = 0
    is_urgent: bool = False
    asked_at: float = field(default_factory=lambda: monotonic())  # noqa: PLW0108  as it is by then


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What came last; CCXT's errors do not say it."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class Session(requests.Session):
    """One thread's connections.

    A call that got no proper answer raises here, through CCXT: NotSent, NoAnswer, RateLimited. What comes back to CCXT
    is JSON with a status below 500.
    """

    def __init__(self, timeout_seconds: float, budget: CallBudget, redaction: Redaction, used_header: str) -> None:
        super().__init__()
        self.last = LastAnswer()
        self.purpose = Purpose()
        self._timeout_seconds = timeout_seconds
        self._budget = budget
        self._redaction = redaction
        self._used_header = used_header
        self._parsed: object = None

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Make a call, once."""
        host = urlsplit(str(url)).netloc
        self.last = LastAnswer()
        if self.purpose.orders:
            refuse_late(self.purpose.asked_at, monotonic())
        kwargs |= {"timeout": patience(self._timeout_seconds), "allow_redirects": False, "stream": True}
        # Plain http is loopback (see `exchanges.endpoints`), where the environment's proxy must not come between.
        self.trust_env = str(url).startswith("https://")
        deadline = monotonic() + 2 * self._timeout_seconds
        with wire_errors(host, self._timeout_seconds):
            response = super().request(method, url, *args, **kwargs)
            with closing(response):
                body = bounded_body(response, deadline, _MOST_BYTES)
        self.last = LastAnswer(response.status_code, response.headers)
        self._check(response, body, host)
        response._content = body.encode()  # noqa: SLF001  CCXT reads `text`, and the stream is used up
        return response

    def parsed(self, _body: str) -> object:
        """Return the last answer, its numbers as they came."""
        return self._parsed

    def _check(self, response: requests.Response, body: str, host: str) -> None:
        status = response.status_code
        if used := response.headers.get(self._used_header or "-", ""):
            self._tell_used(used)
        if status in {BANNED, TOO_MANY}:
            raise self._hold(status, response.headers.get("Retry-After"), body)
        try:
            # CCXT knows a text only by its exact type, so a number with a point becomes a plain one.
            self._parsed = json.loads(body, parse_float=str, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            words = self._redaction.excerpt(" ".join(body.split()))[:120]
            raise NoAnswer(f"HTTP {status} from {host} is no answer: not JSON but {words!r}") from error
        if status >= _SERVER_ERROR or status == _TIMEOUT or _REDIRECT <= status < _BAD_REQUEST:
            raise NoAnswer(f"HTTP {status} from {host} is no answer: {self._redaction.excerpt(body)[:120]}")

    def _tell_used(self, used: str) -> None:
        if used.isascii() and used.isdigit() and len(used) < len(str(10**9)):
            self._budget.told_used(int(used))

    def _hold(self, status: int, retry_after: str | None, body: str) -> RateLimited:
        seconds = stop_seconds(status, retry_after, body, datetime.now(UTC))
        self._budget.stop_for(seconds)
        return RateLimited(self._redaction.excerpt(f"HTTP {status}: {body}"), retry_after_seconds=seconds)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
