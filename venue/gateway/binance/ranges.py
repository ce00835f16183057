"""Which of an account's orders and trades a call asks for, by Binance's rules.

A window is at most 24 hours long, both ends included; one with a start only ends 24 hours after it. What is asked for
comes oldest first. Without a start, the newest are meant.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TypeVar

from venue.gateway.binance.errors import CallRefused, bad_combination
from venue.gateway.binance.parameters import Parameters, limit, number
from venue.history import Trade
from venue.market_data.candles import DAY_MS
from venue.matching.orders import Order

_Entry = TypeVar("_Entry")


def asked_orders(orders: Sequence[Order], parameters: Parameters, default: int, most: int) -> Sequence[Order]:
    """Return the orders from `orderId` on, or those placed in a window.

    Raises:
        CallRefused: the parameters do not go together, or the window is too long.
    """
    entries = limit(parameters, default, most)
    first_id = number(parameters, "orderId")
    if first_id is None:
        return _in_window(orders, attrgetter("placed_at_ms"), parameters, entries)
    if "startTime" in parameters or "endTime" in parameters:
        raise bad_combination()
    begin = bisect_left(orders, first_id, key=attrgetter("order_id"))
    return orders[begin : begin + entries]


def asked_trades(trades: Sequence[Trade], parameters: Parameters, default: int, most: int) -> Sequence[Trade]:
    """Return the trades from `fromId` on, or those in a window; with `orderId` only those of that order.

    Raises:
        CallRefused: the parameters do not go together, or the window is too long.
    """
    entries = limit(parameters, default, most)
    order_id, from_id = number(parameters, "orderId"), number(parameters, "fromId")
    if (order_id is not None or from_id is not None) and ("startTime" in parameters or "endTime" in parameters):
        raise bad_combination()
    if order_id is not None:
        trades = [trade for trade in trades if trade.order.order_id == order_id]
    if from_id is None:
        return _in_window(trades, attrgetter("at_ms"), parameters, entries)
    begin = bisect_left(trades, from_id, key=attrgetter("trade_id"))
    return trades[begin : begin + entries]


def _in_window(
    entries: Sequence[_Entry], time_of: Callable[[_Entry], int], parameters: Parameters, most: int
) -> Sequence[_Entry]:
    start, end = number(parameters, "startTime"), number(parameters, "endTime")
    if start is None:
        last = len(entries) if end is None else bisect_right(entries, end, key=time_of)
        return entries[max(0, last - most) : last]
    if end is None:
        end = start + DAY_MS
    if end < start:
        raise CallRefused(-1127, "Start time is greater than end time.")
    if end - start > DAY_MS:
        raise CallRefused(-1127, "More than 24 hours between startTime and endTime.")
    first = bisect_left(entries, start, key=time_of)
    return entries[first : min(first + most, bisect_right(entries, end, key=time_of))]
