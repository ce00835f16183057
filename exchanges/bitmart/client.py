"""Bitmart's calls for one account and market, as functions with typed answers and the port's errors."""

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import quote

from app.crash_points import around
from app.domain.balances import Balance
from app.domain.errors import OrderUnknown
from app.domain.fills import Side
from app.domain.money import format_dollars, format_ndau
from app.domain.offers import Level
from app.domain.orders import Order
from exchanges.bitmart.account import Account
from exchanges.bitmart.messages import (
    Malformed,
    Page,
    Trade,
    parse_done,
    parse_order,
    parse_orders,
    parse_placed,
    parse_server_time,
    parse_trades,
    parse_wallet,
)
from exchanges.exact_json import Json
from exchanges.http import Http, Request
from exchanges.http_errors import Refused, changing, reading
from exchanges.milliseconds import time_of

LARGEST_PAGE = 1000


class Listing(StrEnum):
    """Which orders a listing holds."""

    FILLED = "3"
    CANCELLED = "4"
    OPEN = "5"


class Client:
    """Reads raise ExchangeUnavailable where nothing was learnt, changes OutcomeUnknown where nothing is certain.

    All raise RateLimited, AuthenticationFailed, and ExchangeRejected with the exchange's words.
    """

    def __init__(self, symbol: str, http: Http, account: Account) -> None:
        self._symbol = symbol
        self._http = http
        self._account = account

    def order(self, order_id: str) -> Order:
        """Return one order."""

        def parse(payload: Json) -> Order:
            order = parse_order(payload, self._symbol)
            if order.exchange_order_id != order_id:
                raise Malformed(f"entrust_id is {order.exchange_order_id}; asked for {order_id}")
            return order

        request = Request("GET", _order_path(order_id), route="GET orders", is_urgent=True)
        with reading(f"order {order_id}"):
            try:
                return self._account.send(request, parse)
            except Refused as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    raise OrderUnknown(f"order {order_id}: {error}") from error
                raise

    def orders(self, listing: Listing, page: int) -> Page[Order]:
        """Return one page of orders; pages count from 0."""
        query = self._page_query(page, LARGEST_PAGE) | {"status": listing.value}
        with reading(f"{listing.name.lower()} orders, page {page}"):
            return self._account.send(
                Request("GET", "/v2/orders", route="GET orders", query=query),
                lambda payload: parse_orders(payload, self._symbol),
            )

    def trades(self, page: int, limit: int) -> Page[Trade]:
        """Return one page of our executions, newest first; pages count from 0 and hold at most 1,000."""
        with reading(f"trades, page {page}"):
            return self._account.send(
                Request("GET", "/v2/trades", route="GET trades", query=self._page_query(page, limit)),
                lambda payload: parse_trades(payload, self._symbol),
            )

    def place_sell(self, level: Level) -> str:
        """Place a limit sell; return its id."""
        price, amount = format_dollars(level.price_nanocents), format_ndau(level.quantity_napu)
        body = {"symbol": self._symbol, "side": Side.SELL.value, "price": price, "amount": amount}
        with changing(f"placing a sell of {amount} at {price}"), around("send: place"):
            return self._account.send(
                Request("POST", "/v2/orders", route="POST orders", json=body, orders=1), parse_placed, signed=body
            )

    def cancel(self, order_id: str) -> None:
        """Ask for an order's cancel."""
        with changing(f"cancelling order {order_id}"), around("send: cancel"):
            self._account.send(
                Request("DELETE", _order_path(order_id), route="DELETE orders", is_urgent=True),
                parse_done,
                signed={"entrust_id": order_id},
            )

    def balance(self) -> Balance:
        """Return what the account holds of the market's token."""
        asset = self._symbol.partition("_")[0]
        with reading("wallet"):
            return self._account.send(
                Request("GET", "/v2/wallet", route="GET wallet"), lambda payload: parse_wallet(payload, asset)
            )

    def server_time(self) -> datetime:
        """Return the exchange's clock, UTC."""
        return server_time(self._http)

    def _page_query(self, page: int, limit: int) -> dict[str, str]:
        return {"symbol": self._symbol, "offset": str(page), "limit": str(limit)}


def server_time(http: Http) -> datetime:
    """Return the exchange's clock, UTC; needs no credentials."""
    with reading("server time"):
        return time_of(http.send(Request("GET", "/v2/time", route="GET time"), parse_server_time))


def _order_path(order_id: str) -> str:
    return f"/v2/orders/{quote(order_id, safe='')}"
