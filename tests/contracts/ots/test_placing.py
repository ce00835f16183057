import pytest

from app.domain.errors import AuthenticationFailed, ExchangeRejected, ExchangeUnavailable, OrderUnknown
from app.domain.fills import Side
from app.domain.money import parse_dollars, parse_ndau
from app.domain.offers import Level
from app.domain.orders import OrderState, new_client_order_id
from tests.contracts.ots.worlds import World


def level(price: str, quantity: str) -> Level:
    return Level(parse_dollars(price), parse_ndau(quantity))


def test_an_empty_market_has_no_open_orders(world: World) -> None:
    assert tuple(world.ots.open_orders()) == ()


@pytest.mark.parametrize(
    ("price", "quantity"), [("1", "1000"), ("1.01", "0.01"), ("50045.08", "999.99"), ("0.01", "123456.78")]
)
def test_an_offer_stands_at_exactly_its_price_and_quantity(world: World, price: str, quantity: str) -> None:
    order_id = world.ots.place_offer(new_client_order_id(), level(price, quantity))
    (order,) = world.ots.open_orders()
    assert order == world.ots.order(order_id)
    assert (order.exchange_order_id, order.side, order.state) == (order_id, Side.SELL, OrderState.OPEN)
    assert Level(order.price_nanocents, order.quantity_napu) == level(price, quantity)
    assert (order.filled_napu, order.remaining_napu) == (0, order.quantity_napu)


def test_two_offers_alike_are_two_orders(world: World) -> None:
    ids = {world.ots.place_offer(new_client_order_id(), level("1", "10")) for _ in range(2)}
    assert {order.exchange_order_id for order in world.ots.open_orders()} == ids
    assert len(ids) == 2


def test_orders_that_are_not_ours_are_shown_too_on_both_sides(world: World) -> None:
    bought = world.place_manually(Side.BUY, level("0.5", "3"))
    sold = world.place_manually(Side.SELL, level("2", "3"))
    sides = {order.exchange_order_id: order.side for order in world.ots.open_orders()}
    assert sides == {bought: Side.BUY, sold: Side.SELL}


def test_an_order_tells_how_much_of_it_is_filled(world: World) -> None:
    order_id = world.ots.place_offer(new_client_order_id(), level("1", "10"))
    world.buy(parse_ndau("2.5"), parse_dollars("1"))
    partly = world.ots.order(order_id)
    assert (partly.state, partly.filled_napu, partly.remaining_napu) == (
        OrderState.OPEN,
        parse_ndau("2.5"),
        parse_ndau("7.5"),
    )
    world.buy(parse_ndau("7.5"), parse_dollars("1"))
    assert world.ots.order(order_id).state is OrderState.FILLED
    assert tuple(world.ots.open_orders()) == ()


@pytest.mark.parametrize(("price", "quantity"), [("1.001", "1"), ("1", "1.001")])
def test_an_offer_that_the_market_cannot_hold_exactly_is_refused_not_rounded(
    world: World, price: str, quantity: str
) -> None:
    with pytest.raises(ExchangeRejected):
        world.ots.place_offer(new_client_order_id(), level(price, quantity))
    assert tuple(world.ots.open_orders()) == ()


def test_an_order_that_does_not_exist_is_refused(world: World) -> None:
    with pytest.raises(OrderUnknown):
        world.ots.order("999999999")


def test_refused_credentials_are_told_apart(world: World) -> None:
    refused = world.without_access()
    with pytest.raises(AuthenticationFailed):
        refused.open_orders()
    with pytest.raises(AuthenticationFailed):
        refused.place_offer(new_client_order_id(), level("1", "1"))
    assert tuple(world.ots.open_orders()) == ()


def test_an_exchange_that_cannot_be_reached_was_sent_nothing(world: World) -> None:
    unreachable = world.unreachable()
    with pytest.raises(ExchangeUnavailable):
        unreachable.place_offer(new_client_order_id(), level("1", "1"))
    with pytest.raises(ExchangeUnavailable):
        unreachable.open_orders()
