"""A client whose lists move between two pages, as the exchange's do."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from app.domain.errors import ExchangeRejected
from app.domain.fills import Side
from app.domain.orders import Order, OrderState
from exchanges.bitmart.client import LARGEST_PAGE, Client, Listing
from exchanges.bitmart.messages import Page, Trade
from exchanges.milliseconds import time_of

T = TypeVar("T")

_STATES = {
    Listing.OPEN: OrderState.OPEN,
    Listing.FILLED: OrderState.FILLED,
    Listing.CANCELLED: OrderState.CANCELLED,
}


def trade(trade_id: int, time_ms: int, order_id: str = "1") -> Trade:
    return Trade(str(trade_id), order_id, 10**11, 10**8, "0", time_ms, f'{{"trade_id": {trade_id}}}')


def order(order_id: int, state: OrderState = OrderState.OPEN, side: Side = Side.SELL) -> Order:
    return Order(str(order_id), None, side, 10**11, 10**8, 0, state, placed_at=time_of(0) + timedelta(seconds=order_id))


class MovingLists(Client):
    """Trades and orders kept newest first; `between_pages` is called after every page with the number of calls made."""

    def __init__(self, *, largest_page: int = LARGEST_PAGE) -> None:
        self.trade_list: list[Trade] = []
        self.order_list: list[Order] = []
        self.largest_page = largest_page
        self.calls: list[str] = []
        self.between_pages: Callable[[int], None] = lambda _: None

    def trades(self, page: int, limit: int) -> Page[Trade]:
        return self._page(self.trade_list, page, min(limit, self.largest_page), "trades")

    def orders(self, listing: Listing, page: int) -> Page[Order]:
        held = [each for each in self.order_list if each.state is _STATES[listing]]
        return self._page(held, page, self.largest_page, listing.name)

    def order(self, order_id: str) -> Order:
        self.calls.append(f"order {order_id}")
        for each in self.order_list:
            if each.exchange_order_id == order_id:
                return each
        raise ExchangeRejected(f"no order {order_id}")

    def _page(self, items: Sequence[T], page: int, limit: int, call: str) -> Page[T]:
        answer = Page(tuple(items[page * limit : (page + 1) * limit]), -(-len(items) // limit))
        self.calls.append(call)
        self.between_pages(len(self.calls))
        return answer
