"""A trader's client, whatever its venue speaks."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol, Self

from venue.binance_client import BinanceTraderClient
from venue.client import TraderClient
from venue.client_records import Depth, Holding, OwnTrade, PlacedOrder
from venue.config import Gateway


class VenueClient(Protocol):
    """One account on one venue, in one market, for one thread.

    Every method raises VenueUnreachable or CallFailed.
    """

    symbol: str

    def balances(self) -> dict[str, Holding]:
        """Return what the account has, by asset."""

    def depth(self) -> Depth:
        """Return the best levels of the book."""

    def place(self, side: str, price: Decimal, amount: Decimal) -> int:
        """Place a limit order, "buy" or "sell"; return its id."""

    def cancel(self, order_id: int) -> None:
        """Cancel what remains of an order."""

    def order(self, order_id: int) -> PlacedOrder:
        """Return one order."""

    def open_orders(self) -> list[PlacedOrder]:
        """Return the account's open orders, newest first."""

    def trades(self, *, limit: int = 100) -> list[OwnTrade]:
        """Return the account's newest trades, newest first, at most 1000."""

    def all_trades(self) -> Iterator[OwnTrade]:
        """Yield every trade of the account."""

    def close(self) -> None:
        """Close the connection."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_client(
    gateway: Gateway, endpoint: str, *, access: str, secret: str, symbol: str, memo: str = ""
) -> VenueClient:
    """Return a client of a venue that speaks this API; only Bitmart's has memos."""
    if gateway == "binance":
        return BinanceTraderClient(endpoint, access=access, secret=secret, symbol=symbol)
    return TraderClient(endpoint, access=access, secret=secret, memo=memo, symbol=symbol)
