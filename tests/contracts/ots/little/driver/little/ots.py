"""Little as an OrderTrackingSystem."""
# ruff: noqa: TID252  see __init__.py

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import quote

from app.crash_points import around
from app.domain.balances import Balance
from app.domain.fills import FillPage
from app.domain.markets import Market
from app.domain.money import format_dollars, format_ndau
from app.domain.offers import Level
from app.domain.orders import Order
from exchanges.http import Request
from exchanges.http_errors import Refused, changing, reading
from exchanges.position import Position

from . import messages
from .client import Client

_read_id = partial(messages.text, name="id")


class LittleOts:
    """It keeps our ids, and lists trades by time, oldest first."""

    def __init__(self, name: str, market: Market, client: Client) -> None:
        self.name = name
        self.market = market
        self._client = client
        self._query = {"market": market.symbol}
        self.server_time = client.server_time

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        mark = Position.at(since) if position is None else Position.decode(position)
        found = True
        while found:  # more may have been listed meanwhile
            found = False
            query = {**self._query, "from_ms": str(mark.from_ms)}
            for trades in self._client.pages("/v1/trades", query, messages.trade):
                if new := sorted(filter(mark.is_new, trades), key=lambda trade: trade.time_ms):
                    found = True
                    mark = mark.after(new)
                    yield FillPage(tuple(trade.fill for trade in new), mark.encode())

    def open_orders(self) -> Sequence[Order]:
        return self._orders({"state": "open"})

    def order(self, exchange_order_id: str) -> Order:
        with reading("order"):
            return self._client.send(Request("GET", _path(exchange_order_id), "order", is_urgent=True), messages.order)

    def place_offer(self, client_order_id: str, level: Level) -> str:
        price, quantity = format_dollars(level.price_nanocents), format_ndau(level.quantity_napu)
        offer = {**self._query, "client_id": client_order_id, "side": "sell", "price": price, "quantity": quantity}
        with changing(f"placement of {client_order_id}"), around("send: place"):
            return self._client.send(Request("POST", "/v1/orders", "place", json=offer, orders=1), _read_id)

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:  # noqa: ARG002  the id is enough
        return self._orders({"client_id": client_order_id})

    def cancel_order(self, exchange_order_id: str) -> None:
        with changing(f"cancel of {exchange_order_id}"), around("send: cancel"):
            try:
                self._client.send(Request("DELETE", _path(exchange_order_id), "cancel", is_urgent=True), _read_id)
            except Refused as error:
                if not error.words.startswith("not_open:"):
                    raise

    def balance(self) -> Balance:
        with reading("balance"):
            return self._client.send(Request("GET", "/v1/balance", "balance"), messages.balance)

    def permissions(self) -> None:
        """Little does not tell."""

    def _orders(self, query: dict[str, str]) -> Sequence[Order]:
        pages = self._client.pages("/v1/orders", {**self._query, **query}, messages.order)
        return [order for page in pages for order in page]


def _path(exchange_order_id: str) -> str:
    return f"/v1/orders/{quote(exchange_order_id, safe='')}"
