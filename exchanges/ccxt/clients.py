"""CCXT's objects: one for each thread of each process, as they are not safe to share."""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from urllib.parse import urlsplit, urlunsplit
from weakref import WeakSet

from exchanges.call_budget import CallBudget
from exchanges.ccxt.dialect import Dialect
from exchanges.ccxt.key_file import ApiKey
from exchanges.ccxt.library import Ccxt, Raw, ccxt
from exchanges.ccxt.session import Session
from exchanges.redaction import Redaction

# At DEBUG the library logs the headers that it signs with.
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.disabled = True


@dataclass(frozen=True, slots=True)
class Connection:
    """How every client of an account is made.

    Attributes:
        endpoint: a base URL instead of the exchange's own hosts.
    """

    exchange_id: str
    dialect: Dialect
    key: ApiKey
    endpoint: str | None
    timeout_seconds: float
    budget: CallBudget
    redaction: Redaction


def configured(made: Ccxt, connection: Connection) -> Ccxt:
    """Give an exchange object of CCXT, of whatever flavour, the account's key and the place it is reached at."""
    made.apiKey, made.secret = connection.key.api_key, connection.key.secret
    made.password, made.uid = connection.key.password or None, connection.key.uid or None
    made.options = made.deep_extend(made.options, connection.dialect.options)
    if connection.endpoint is not None:
        made.urls["api"] = _moved(made.urls["api"], connection.endpoint)
    made.logger = _SILENT
    return made


class Clients:
    """Makes and keeps them."""

    def __init__(self, connection: Connection, now_ms: Callable[[], int]) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._local = threading.local()
        self._sessions: WeakSet[Session] = WeakSet()

    def get(self) -> Ccxt:
        """Return this thread's; its `session` is ours."""
        # A forked child must not talk on its parent's sockets, so the process is part of the key.
        if getattr(self._local, "process", None) != os.getpid():
            self._local.client = self._make()
            self._local.process = os.getpid()
        return self._local.client

    def with_market(self, market: Raw) -> Ccxt:
        """Return this thread's, knowing just this market."""
        client = self.get()
        if getattr(self._local, "market", None) is not market:
            client.set_markets([market])
            client.options["marketsByAltname"] = {market.get("altname"): client.market(market["symbol"])}
            self._local.market = market
        return client

    def close(self) -> None:
        """Close all connections of this process."""
        for session in tuple(self._sessions):
            session.close()

    def _make(self) -> Ccxt:
        connection, dialect = self._connection, self._connection.dialect
        session = Session(connection.timeout_seconds, connection.budget, connection.redaction, dialect.used_header)
        self._sessions.add(session)
        # `enableRateLimit` makes CCXT ask its throttle before each call, which is ours. Numbers stay text: a float
        # would lose digits.
        client = getattr(ccxt(), connection.exchange_id)({"number": str, "enableRateLimit": True})
        client.session.close()
        client.session = session
        client.on_json_response = session.parsed
        client.throttle = lambda cost=1: connection.budget.take(
            max(1, ceil((cost or 1) * dialect.weight_per_cost)),
            orders=session.purpose.orders,
            is_urgent=session.purpose.is_urgent,
        )
        client.enableLastHttpResponse = client.enableLastJsonResponse = False
        client.nonce = self._now_ms
        client.seconds = lambda: self._now_ms() // 1000
        configured(client, connection)
        dialect.prepare(client)
        return client


def _moved(urls: object, endpoint: str) -> object:
    if isinstance(urls, dict):
        return {name: _moved(url, endpoint) for name, url in urls.items()}
    if not isinstance(urls, str):
        return urls
    base, old = urlsplit(endpoint), urlsplit(urls)
    scheme = base.scheme.replace("http", "ws") if old.scheme.startswith("ws") else base.scheme
    return urlunsplit((scheme, base.netloc, old.path, old.query, ""))
