import pytest

from app.domain.errors import ExchangeUnavailable
from app.domain.orders import OrderState
from exchanges.bitmart.order_lists import open_orders, recent_orders
from exchanges.milliseconds import time_of
from tests.unit.exchanges.bitmart.moving_lists import MovingLists, order


def test_one_page_of_open_orders_is_read_once() -> None:
    client = MovingLists()
    client.order_list = [order(2), order(1), order(3, OrderState.FILLED)]
    assert {each.exchange_order_id for each in open_orders(client)} == {"1", "2"}
    assert client.calls == ["OPEN"]


def test_an_order_that_closes_between_two_pages_hides_no_other() -> None:
    client = MovingLists(largest_page=2)
    client.order_list = [order(number) for number in (6, 5, 4, 3, 2, 1)]

    def close_the_first(calls: int) -> None:
        if calls == 1:
            client.order_list.pop(0)

    client.between_pages = close_the_first
    assert {each.exchange_order_id for each in open_orders(client)} >= {"1", "2", "3", "4", "5"}


def test_open_orders_that_never_hold_still_are_given_up_for_now() -> None:
    client = MovingLists(largest_page=2)
    client.order_list = [order(number) for number in (3, 2, 1)]
    client.between_pages = lambda calls: client.order_list.append(order(100 + calls))
    with pytest.raises(ExchangeUnavailable, match="changed during each of 10 readings"):
        open_orders(client)


@pytest.mark.parametrize("is_newest_first", [True, False])
def test_recent_orders_are_found_in_every_state_whatever_their_order(is_newest_first: bool) -> None:
    client = MovingLists(largest_page=3)
    states = list(OrderState)
    client.order_list = [order(number, states[number % 3]) for number in range(1, 61)]
    if is_newest_first:
        client.order_list.reverse()
    recent = recent_orders(client, time_of(10_000))
    assert [int(each.exchange_order_id) for each in recent] == list(range(10, 61))


def test_a_long_history_is_not_read_to_its_end() -> None:
    client = MovingLists(largest_page=3)
    client.order_list = [order(number, OrderState.FILLED) for number in range(300, 0, -1)]
    assert [int(each.exchange_order_id) for each in recent_orders(client, time_of(298_000))] == [298, 299, 300]
    assert client.calls.count("FILLED") == 2


def test_an_order_that_closes_while_its_lists_are_read_is_found() -> None:
    client = MovingLists()
    client.order_list = [order(1)]

    def fill(calls: int) -> None:
        if calls == 1:
            client.order_list = [order(1, OrderState.FILLED)]

    client.between_pages = fill
    assert [each.state for each in recent_orders(client, time_of(0))] == [OrderState.FILLED]
