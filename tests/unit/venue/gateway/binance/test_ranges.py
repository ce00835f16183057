from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue.gateway.binance.errors import CallRefused
from venue.gateway.binance.ranges import asked_orders, asked_trades
from venue.history import Trade
from venue.market_data.candles import DAY_MS
from venue.matching.orders import Order, Side, TimeInForce

START = 10 * DAY_MS


def an_order(number: int, at_ms: int) -> Order:
    return Order(number, "ann", "NDAU_USDT", Side.BUY, 1, 1, TimeInForce.GTC, at_ms, 1)


ORDERS = [an_order(number, START + 1000 * number) for number in range(1, 8)]
TRADES = [Trade(2 * order.order_id, order, 1, 1, 0, order.placed_at_ms) for order in ORDERS]


def ids(parameters: Mapping[str, str]) -> list[int]:
    return [trade.trade_id for trade in asked_trades(TRADES, parameters, 3, 5)]


def test_without_a_start_the_newest_are_meant_oldest_first() -> None:
    assert ids({}) == [10, 12, 14]
    assert ids({"endTime": str(START + 4000), "limit": "2"}) == [6, 8]


def test_a_window_holds_both_its_ends_and_begins_with_the_oldest() -> None:
    assert ids({"startTime": str(START + 2000), "endTime": str(START + 4000)}) == [4, 6, 8]
    assert ids({"startTime": str(START + 2000), "limit": "2"}) == [4, 6]


def test_a_start_alone_means_the_24_hours_after_it() -> None:
    assert ids({"startTime": str(START + 2000 - DAY_MS), "limit": "5"}) == [2, 4]


def test_an_id_is_where_to_go_on_from() -> None:
    assert ids({"fromId": "5", "limit": "2"}) == [6, 8]
    assert ids({"orderId": "3"}) == [6]
    assert ids({"orderId": "3", "fromId": "7"}) == []
    assert [order.order_id for order in asked_orders(ORDERS, {"orderId": "6"}, 3, 5)] == [6, 7]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"limit": "6"}, -1130),
        ({"startTime": "0", "endTime": str(DAY_MS + 1)}, -1127),
        ({"startTime": "2", "endTime": "1"}, -1127),
        ({"fromId": "1", "startTime": "1"}, -1128),
        ({"orderId": "1", "endTime": "1"}, -1128),
    ],
)
def test_what_does_not_go_together_is_refused(parameters: dict[str, str], code: int) -> None:
    with pytest.raises(CallRefused) as caught:
        ids(parameters)
    assert caught.value.code == code
    with pytest.raises(CallRefused):
        asked_orders(ORDERS, parameters | {"orderId": "1", "startTime": "1", "limit": "6"}, 3, 5)


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 5))
def test_paging_by_id_misses_none_and_doubles_none_even_where_times_are_equal(pauses: list[int], page: int) -> None:
    trades, at_ms = [], START
    for number, pause in enumerate(pauses):
        at_ms += pause
        trades.append(Trade(2 * number + 1, an_order(number, at_ms), 1, 1, 0, at_ms))
    seen: list[int] = []
    while batch := asked_trades(trades, {"fromId": str(seen[-1] + 1 if seen else 0), "limit": str(page)}, 3, 5):
        seen += [trade.trade_id for trade in batch]
    assert seen == [trade.trade_id for trade in trades]
