"""The account's access token: shared by all threads, replaced before it ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from app.domain.errors import AuthenticationFailed
from exchanges.bitmart.key_file import ApiKey
from exchanges.bitmart.messages import parse_token
from exchanges.bitmart.signing import client_secret
from exchanges.call_budget import CallBudget, Window
from exchanges.http import Http, Request
from exchanges.http_errors import Refused, reading
from exchanges.local_budget import LocalBudget
from exchanges.redaction import Redaction

AUTHENTICATIONS = Window(5, 60.0, reserved=0)
"""The exchange's limit; more of them get the account banned for a while. Nothing is reserved: a cancel needs a token, too."""

_USED_SHARE_OF_LIFE = 0.9


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    replaced_at: datetime


class AccessToken:
    """Authenticates when there is no token that is still good."""

    def __init__(
        self,
        key: ApiKey,
        http: Http,
        redaction: Redaction,
        server_now: Callable[[], datetime],
        budget: CallBudget | None = None,
    ) -> None:
        self._key = key
        self._http = http
        self._redaction = redaction
        self._server_now = server_now
        self._budget: CallBudget = budget or LocalBudget([AUTHENTICATIONS], what="authentications")
        self._lock = Lock()
        self._token: _Token | None = None

    def current(self) -> str:
        """Return a token that is good now.

        Raises:
            AuthenticationFailed: the exchange refuses the key.
            RateLimited: there were too many authentications.
            ExchangeUnavailable: no answer.
        """
        # Held while authenticating, so that threads which wait here find the new token and do not each ask for one.
        with self._lock:
            now = self._server_now()
            if self._token is None or now >= self._token.replaced_at:
                self._token = self._authenticate(now)
            return self._token.text

    def forget(self, refused: str) -> None:
        """Drop a token that the exchange refused, unless another thread has already replaced it."""
        with self._lock:
            if self._token is not None and self._token.text == refused:
                self._token = None

    def _authenticate(self, now: datetime) -> _Token:
        self._budget.take()
        request = Request(
            "POST",
            "/v2/authentication",
            route="authentication",
            form={
                "grant_type": "client_credentials",
                "client_id": self._key.access,
                "client_secret": client_secret(access=self._key.access, secret=self._key.secret, memo=self._key.memo),
            },
        )
        with reading("authentication"):
            try:
                text, life = self._http.send(request, parse_token)
            except Refused as error:
                raise AuthenticationFailed(f"the exchange refuses the API key: {error}") from error
        self._redaction.add(text)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return _Token(text, min(now + life * _USED_SHARE_OF_LIFE, midnight))
