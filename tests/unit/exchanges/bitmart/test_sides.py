import pytest

from app.domain.errors import ExchangeRejected
from app.domain.fills import Side
from app.domain.orders import OrderState
from exchanges.bitmart.sides import OrderSides
from tests.unit.exchanges.bitmart.moving_lists import MovingLists, order


def test_a_few_unknown_orders_are_asked_for_one_by_one_and_remembered() -> None:
    client = MovingLists()
    client.order_list = [order(1, side=Side.BUY), order(2)]
    sides = OrderSides(client)
    assert sides.of(["1", "2", "1"]) == {"1": Side.BUY, "2": Side.SELL}
    assert sorted(client.calls) == ["order 1", "order 2"]
    assert sides.of(["2", "1"]) == {"1": Side.BUY, "2": Side.SELL}
    assert len(client.calls) == 2


def test_what_was_learnt_is_not_asked_for() -> None:
    client = MovingLists()
    sides = OrderSides(client)
    sides.learn({"9": Side.SELL})
    assert sides.of(["9"]) == {"9": Side.SELL}
    assert client.calls == []


def test_many_unknown_orders_are_found_in_the_lists() -> None:
    client = MovingLists()
    states = list(OrderState)
    client.order_list = [order(number, states[number % 3]) for number in range(100)]
    wanted = [str(number) for number in range(100)]
    assert OrderSides(client).of(wanted) == dict.fromkeys(wanted, Side.SELL)
    assert set(client.calls) == {"FILLED", "CANCELLED", "OPEN"}


def test_an_order_that_changed_lists_meanwhile_is_asked_for() -> None:
    client = MovingLists()
    client.order_list = [order(number) for number in range(20)]

    def fill(calls: int) -> None:
        if calls == 1:
            client.order_list = [order(number, OrderState.FILLED) for number in range(20)]

    client.between_pages = fill
    wanted = [str(number) for number in range(20)]
    assert OrderSides(client).of(wanted) == dict.fromkeys(wanted, Side.SELL)


def test_the_least_recently_met_are_forgotten_first() -> None:
    client = MovingLists()
    client.order_list = [order(number) for number in range(5)]
    sides = OrderSides(client, capacity=2)
    sides.learn({"1": Side.SELL, "2": Side.SELL})
    sides.of(["1"])
    sides.learn({"3": Side.SELL})
    sides.of(["1", "3"])
    assert client.calls == []
    sides.of(["2"])
    assert client.calls == ["order 2"]


def test_a_trade_of_an_order_nobody_knows_has_no_side() -> None:
    with pytest.raises(ExchangeRejected, match="no order 404"):
        OrderSides(MovingLists()).of(["404"])
