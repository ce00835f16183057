"""Authenticated calls of one account."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from app.domain.errors import AuthenticationFailed
from exchanges.bitmart.key_file import ApiKey
from exchanges.bitmart.signing import signature
from exchanges.bitmart.token import AccessToken
from exchanges.exact_json import Json
from exchanges.http import Http, Request
from exchanges.http_errors import Refused
from exchanges.milliseconds import milliseconds_of
from exchanges.server_clock import ServerClock

T = TypeVar("T")

_UNAUTHORISED, _FORBIDDEN = 401, 403


class Account:
    """Adds token, timestamp and signature to a call, and mends a token or a clock that the exchange no longer takes."""

    def __init__(self, key: ApiKey, http: Http, token: AccessToken, clock: ServerClock) -> None:
        self._key = key
        self._http = http
        self._token = token
        self._clock = clock

    def send(self, request: Request, parse: Callable[[Json], T], *, signed: Mapping[str, str] | None = None) -> T:
        """Make a call; `signed` are the parameters that its signature covers, None for calls that have none.

        A refusal for the token or the timestamp is definite (nothing was done), so the call is made once more after
        mending either.

        Raises:
            AuthenticationFailed: the account may not do this.
            NotSent, NoAnswer, Refused, RateLimited: as `Http.send`.
            ExchangeUnavailable: the token or the exchange's clock could not be had; the call was not made.
        """
        with _denials():
            try:
                return self._send_once(request, parse, signed)
            except Refused as error:
                if not self._mended(error):
                    raise
            return self._send_once(request, parse, signed)

    def _send_once(self, request: Request, parse: Callable[[Json], T], signed: Mapping[str, str] | None) -> T:
        token = self._token.current()
        headers = {
            "X-BM-AUTHORIZATION": f"Bearer {token}",
            "X-BM-TIMESTAMP": str(milliseconds_of(self._clock.now())),
        }
        if signed is not None:
            headers["X-BM-SIGNATURE"] = signature(self._key.secret, signed)
        try:
            return self._http.send(replace(request, headers=headers), parse)
        except Refused as error:
            if error.status == _UNAUTHORISED:
                self._token.forget(token)
            raise

    def _mended(self, error: Refused) -> bool:
        about_time = "timestamp" in error.words.lower()
        if about_time:
            self._clock.forget()
        return about_time or error.status == _UNAUTHORISED


@contextmanager
def _denials() -> Iterator[None]:
    try:
        yield
    except Refused as error:
        if error.status in {_UNAUTHORISED, _FORBIDDEN}:
            raise AuthenticationFailed(f"the exchange denies access: {error}") from error
        raise
