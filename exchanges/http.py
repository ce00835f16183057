"""The single door to an exchange's HTTP API: timeouts, connections, and answers told apart from what only looks like one."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TypeVar

import requests

from app.domain.errors import InvalidInput, RateLimited
from exchanges import exact_json
from exchanges.call_budget import CallBudget
from exchanges.call_rules import BANNED, TOO_MANY, stop_seconds
from exchanges.exact_json import Json
from exchanges.http_errors import NoAnswer, Refused
from exchanges.lending import Lending
from exchanges.local_budget import LocalBudget
from exchanges.redaction import Redaction
from exchanges.wire import bounded_body, patience, refuse_late, wire_errors

T = TypeVar("T")

_log = logging.getLogger(__name__)

_OK, _REDIRECT, _BAD_REQUEST, _UNAUTHORISED, _TIMEOUT, _SERVER_ERROR = 200, 300, 400, 401, 408, 500


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `headers` may hold secrets, so repr leaves them out.

    Attributes:
        route: names calls that share a rate limit.
        orders: how many orders it places.
        is_urgent: it may use what the call budget keeps in reserve.
        asked_at: when it was made, by `monotonic()`; one that places an order is not sent long after that.
    """

    method: str
    path: str
    route: str
    query: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    orders: int = 0
    is_urgent: bool = False
    asked_at: float = field(default_factory=lambda: monotonic(), repr=False)  # noqa: PLW0108  as it is by then


class Http:
    """An exchange's HTTP API; shared by threads and safe across fork; a connection serves one thread at a time.

    Nothing is ever sent twice: a caller knows better what may be repeated.
    """

    def __init__(
        self,
        endpoint: str,
        timeout_seconds: float,
        redaction: Redaction,
        error_words: Callable[[Json], str | None],
        budget: CallBudget | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._timeout_seconds = timeout_seconds
        self._redaction = redaction
        self._error_words = error_words
        self._sessions = Lending(self._new_session)
        self._budget: CallBudget = budget or LocalBudget(what=endpoint)

    def send(self, request: Request, parse: Callable[[Json], T]) -> T:
        """Make one call and return what `parse` makes of the answer; it raises ValueError, or InvalidInput, for one that is none.

        Raises:
            NotSent: no connection could be opened, or an order was too long on its way here.
            NoAnswer: sent, and then: no answer in time, a broken connection, a 5xx, or something that is no answer.
            Refused: a 4xx in the exchange's own words.
            RateLimited: the exchange asked for fewer of these calls, now or a moment ago, or the budget is spent; not done.
        """
        self._budget.take(orders=request.orders, is_urgent=request.is_urgent, route=request.route)
        if request.orders:
            refuse_late(request.asked_at, monotonic())
        status, headers, body = self._exchange(request)
        if status in {BANNED, TOO_MANY}:
            raise self._hold(request.route, status, headers.get("Retry-After"), body)
        if status == _UNAUTHORISED:
            # Whatever its form: an old token must be replaced even where the answer is empty.
            raise Refused(status, self._redaction.excerpt(self._words(body) or body))
        try:
            payload = exact_json.parse(body)
            if _OK <= status < _REDIRECT:
                return parse(payload)
        except (ValueError, InvalidInput) as error:
            raise self._no_answer(request, status, body, self._redaction.excerpt(str(error))) from error
        words = self._error_words(payload)
        if words is None or not _BAD_REQUEST <= status < _SERVER_ERROR or status == _TIMEOUT:
            raise self._no_answer(request, status, body, "not what the API documents")
        raise Refused(status, self._redaction.excerpt(words))

    def close(self) -> None:
        """Close all connections of this process."""
        self._sessions.close()

    def _exchange(self, request: Request) -> tuple[int, Mapping[str, str], str]:
        deadline = monotonic() + 2 * self._timeout_seconds
        with (
            wire_errors(self._endpoint, self._timeout_seconds),
            self._sessions.lent() as session,
            session.request(
                request.method,
                self._endpoint + request.path,
                params=request.query,
                json=request.json,
                data=request.form,
                headers=request.headers,
                timeout=patience(self._timeout_seconds),
                allow_redirects=False,  # a redirect would carry the token to another host
                stream=True,
            ) as response,
        ):
            return response.status_code, response.headers, bounded_body(response, deadline)

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        # Plain http is loopback (see `exchanges.endpoints`), where the environment's proxy must not come between.
        session.trust_env = not self._endpoint.startswith("http://")
        return session

    def _hold(self, route: str, status: int, retry_after: str | None, body: str) -> RateLimited:
        """Stop these calls in every worker; all calls of the account when it is banned."""
        seconds = stop_seconds(status, retry_after, body, datetime.now(UTC))
        self._budget.stop_for(seconds, route="" if status == BANNED else route)
        return RateLimited(
            f"{route}: {self._redaction.excerpt(self._words(body) or body)}", retry_after_seconds=seconds
        )

    def _words(self, body: str) -> str | None:
        try:
            return self._error_words(exact_json.parse(body))
        except ValueError:
            return None

    def _no_answer(self, request: Request, status: int, body: str, reason: str) -> NoAnswer:
        _log.warning(
            "%s %s: HTTP %d is no answer (%s): %s",
            request.method,
            request.path,
            status,
            reason,
            self._redaction.excerpt(body),
        )
        return NoAnswer(f"HTTP {status} from {self._endpoint} is no answer: {reason}")
