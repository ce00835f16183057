"""CCXT's objects, lent to one thread at a time, as they are not safe to share."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from urllib.parse import urlsplit, urlunsplit

from exchanges.call_budget import CallBudget
from exchanges.ccxt.dialect import Dialect
from exchanges.ccxt.key_file import ApiKey
from exchanges.ccxt.library import Ccxt, Raw, ccxt
from exchanges.ccxt.session import Session
from exchanges.lending import Lending
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


@dataclass(eq=False, slots=True, weakref_slot=True)
class _Client:
    """One of CCXT's, and the market that it knows."""

    ccxt: Ccxt
    market: Raw | None = None

    def close(self) -> None:
        """End its connections."""
        self.ccxt.session.close()


class Clients:
    """Makes, keeps and lends them; each serves one thread at a time."""

    def __init__(self, connection: Connection, now_ms: Callable[[], int]) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._lending = Lending(lambda: _Client(self._make()))

    def warm_up(self) -> None:
        """Have one ready: to make one takes its time."""
        with self._lending.lent():
            pass

    @contextmanager
    def lent(self, market: Raw | None = None) -> Iterator[Ccxt]:
        """Lend one for the block, its `session` ours; it knows just this market, if one is given."""
        with self._lending.lent() as client:
            if market is not None and client.market is not market:
                client.ccxt.set_markets([market])
                client.ccxt.options["marketsByAltname"] = {market.get("altname"): client.ccxt.market(market["symbol"])}
                client.market = market
            yield client.ccxt

    def close(self) -> None:
        """Close all connections of this process."""
        self._lending.close()

    def _make(self) -> Ccxt:
        connection, dialect = self._connection, self._connection.dialect
        session = Session(connection.timeout_seconds, connection.budget, connection.redaction, dialect.used_header)
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
