"""What a currency is worth, by the best bid of a market that trades it for dollars."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from app.domain.errors import ExchangeRejected, ExchangeUnavailable
from app.domain.money import MAX_AMOUNT, NANOCENTS_PER_DOLLAR
from exchanges.ccxt.clients import Clients, Connection
from exchanges.ccxt.errors import reading
from exchanges.ccxt.library import Ccxt, Raw
from exchanges.milliseconds import time_of

_OLDEST = timedelta(minutes=5)
"""A best bid that nobody has touched for longer is of a market that stands still."""


class CcxtRate:
    """Implements `app.ports.exchanges.RateSource`; asks public calls only."""

    def __init__(self, connection: Connection, symbol: str, clients: Clients) -> None:
        self._connection = connection
        self._symbol = symbol
        self._clients = clients
        self._market: Raw | None = None

    @property
    def name(self) -> str:
        """The exchange and its market."""
        return f"{self._connection.exchange_id} {self._symbol}"

    def worth_nanocents(self) -> int:
        """Return the market's best bid, rounded down to a nanocent.

        Raises:
            ExchangeRejected: the exchange has no such market.
            ExchangeUnavailable: it does not answer, or nobody bids.
        """
        if self._market is None:
            with self._clients.lent() as client:
                self._market = self._find_market(client)
        with (
            self._clients.lent(self._market) as client,
            reading(f"the price of {self._symbol}", client, self._connection.redaction),
        ):
            ticker = client.fetch_ticker(self._symbol)
        return _worth(self.name, ticker.get("bid"), ticker.get("timestamp"))

    def _find_market(self, client: Ccxt) -> Raw:
        with reading("markets", client, self._connection.redaction):
            markets = client.fetch_markets(dict(self._connection.dialect.market_params))
        for market in markets:
            if market is not None and market["symbol"] == self._symbol and market["spot"]:
                found: Raw = market
                return found
        raise ExchangeRejected(
            f"{self._connection.exchange_id} has no market {self._symbol}; expected one such as EUR/USD"
        )


def _worth(name: str, bid: object, timestamp: object) -> int:
    if isinstance(timestamp, int) and datetime.now(UTC) - time_of(timestamp) > _OLDEST:
        raise ExchangeUnavailable(
            f"the last price of {name} is of {time_of(timestamp):%Y-%m-%d %H:%M:%S} UTC; it stands still"
        )
    try:
        worth = int(Decimal(str(bid)) * NANOCENTS_PER_DOLLAR)
    except (InvalidOperation, ValueError, OverflowError):
        worth = 0
    if not 0 < worth <= MAX_AMOUNT:
        raise ExchangeUnavailable(f"the best bid of {name} is {str(bid)[:40]!r}; expected a price above 0")
    return worth
