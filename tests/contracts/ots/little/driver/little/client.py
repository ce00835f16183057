"""Signed calls to little."""
# ruff: noqa: TID252  see __init__.py

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from app.domain.errors import AuthenticationFailed, InvalidInput, OrderUnknown
from exchanges.budgets import open_budget
from exchanges.config import ExchangeConfig
from exchanges.endpoints import checked_endpoint
from exchanges.exact_json import Json
from exchanges.http import Http, Request
from exchanges.http_errors import Refused, reading
from exchanges.milliseconds import milliseconds_of
from exchanges.redaction import Redaction
from exchanges.server_clock import ServerClock

from . import messages

T = TypeVar("T")

# Only these say that nothing was done; any other code, "duplicate_id" among them, leaves it open.
_DEFINITE = {"bad_key", "stale_time", "bad_request", "off_grid", "too_little", "no_such_order", "not_open"}


class Client:
    """One account at little, by its clock."""

    def __init__(self, config: ExchangeConfig, key: str, secret: str) -> None:
        endpoint = checked_endpoint(config.endpoint or "https://api.little.example", what=config.setting("endpoint"))
        budget = open_budget(config.limits_url, f"little {key}", what=config.name)
        self._http = Http(endpoint, config.timeout_seconds, Redaction(key, secret), _words_of_a_no, budget)
        self._key, self._secret = key, secret
        self._clock = ServerClock(self.server_time)

    def server_time(self) -> datetime:
        with reading("server time"):
            return self._http.send(Request("GET", "/v1/time", "time"), messages.time)

    def send(self, request: Request, parse: Callable[[Json], T]) -> T:
        """Make a signed call, in `reading` or `changing`; raises AuthenticationFailed and OrderUnknown besides."""

        def answer(payload: Json) -> T:
            try:
                return parse(payload)
            except InvalidInput as error:  # an amount that is none: no operator's mistake
                raise ValueError(str(error)) from error

        try:
            return self._http.send(self._signed(request), answer)
        except Refused as error:
            if error.words.startswith("stale_time:"):
                self._clock.forget()
            if error.status in {401, 403}:
                raise AuthenticationFailed(f"the key is not accepted: {error}") from error
            if error.words.startswith("no_such_order:"):
                raise OrderUnknown(str(error)) from error
            raise

    def pages(self, path: str, query: Mapping[str, str], parse: Callable[[Json], T]) -> Iterator[list[T]]:
        """Yield a list's pages to its end; little's cursor is the last item seen, so that none shifts."""

        def page(payload: Json) -> tuple[list[T], str | None]:
            if isinstance(payload, dict) and isinstance(items := payload.get("items"), list):
                return [parse(item) for item in items], messages.text(payload, "cursor") or None
            raise ValueError("there are no items")

        cursor: str | None = ""
        while cursor is not None:
            with reading(f"GET {path}"):
                items, cursor = self.send(Request("GET", path, path, {**query, "cursor": cursor}), page)
            yield items

    def _signed(self, request: Request) -> Request:
        time_ms = str(milliseconds_of(self._clock.now()))
        body = "" if request.json is None else json.dumps(request.json)
        signed = f"{time_ms}\n{request.method}\n{request.path}\n{urlencode(request.query)}\n{body}"
        signature = hmac.digest(self._secret.encode(), signed.encode(), "sha256").hex()
        headers = {"Little-Key": self._key, "Little-Time": time_ms, "Little-Signature": signature}
        return replace(request, headers=headers)


def _words_of_a_no(payload: Json) -> str | None:
    try:
        code = messages.text(payload, "code")
        return f"{code}: {messages.text(payload, 'message')}" if code in _DEFINITE else None
    except ValueError:
        return None
