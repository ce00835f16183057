import pytest

from app.domain.errors import OrderUnknown, OutcomeUnknown
from app.domain.money import NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.orders import OrderState, new_client_order_id
from tests.contracts.ots.worlds import World

TEN_AT_ONE = Level(NANOCENTS_PER_DOLLAR, 10 * NAPU_PER_NDAU)


def test_a_cancelled_order_is_closed(world: World) -> None:
    order_id = world.ots.place_offer(new_client_order_id(), TEN_AT_ONE)
    world.ots.cancel_order(order_id)
    assert world.ots.order(order_id).state is OrderState.CANCELLED
    assert world.ots.order(order_id).remaining_napu == 0
    assert tuple(world.ots.open_orders()) == ()


def test_cancelling_twice_is_cancelling_once(world: World) -> None:
    order_id = world.ots.place_offer(new_client_order_id(), TEN_AT_ONE)
    for _ in range(2):
        world.ots.cancel_order(order_id)
    assert world.ots.order(order_id).state is OrderState.CANCELLED


def test_a_cancel_that_loses_the_race_leaves_a_filled_order(world: World) -> None:
    order_id = world.ots.place_offer(new_client_order_id(), TEN_AT_ONE)
    world.buy(TEN_AT_ONE.quantity_napu, TEN_AT_ONE.price_nanocents)
    world.ots.cancel_order(order_id)
    order = world.ots.order(order_id)
    assert (order.state, order.filled_napu) == (OrderState.FILLED, TEN_AT_ONE.quantity_napu)


def test_a_cancelled_order_keeps_what_was_filled_before(world: World) -> None:
    order_id = world.ots.place_offer(new_client_order_id(), TEN_AT_ONE)
    world.buy(3 * NAPU_PER_NDAU, TEN_AT_ONE.price_nanocents)
    world.ots.cancel_order(order_id)
    order = world.ots.order(order_id)
    assert (order.state, order.filled_napu, order.remaining_napu) == (OrderState.CANCELLED, 3 * NAPU_PER_NDAU, 0)


@pytest.mark.parametrize(
    ("after_effect", "state"), [(False, OrderState.OPEN), (True, OrderState.CANCELLED)], ids=["before", "after"]
)
def test_the_order_tells_what_became_of_a_lost_cancel(
    world: World,
    after_effect: bool,
    state: OrderState,
) -> None:
    order_id = world.ots.place_offer(new_client_order_id(), TEN_AT_ONE)
    world.lose_next("cancel_order", after_effect=after_effect)
    with pytest.raises(OutcomeUnknown):
        world.ots.cancel_order(order_id)
    assert world.ots.order(order_id).state is state
    world.ots.cancel_order(order_id)
    assert world.ots.order(order_id).state is OrderState.CANCELLED


def test_an_order_that_never_was_cannot_be_cancelled(world: World) -> None:
    with pytest.raises(OrderUnknown):
        world.ots.cancel_order("999999999")
