from collections.abc import Sequence
from datetime import timedelta

import pytest

from app.domain.errors import OutcomeUnknown
from app.domain.fills import Side
from app.domain.money import NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.orders import OrderState, is_our_client_order_id, new_client_order_id
from tests.contracts.ots.worlds import World

TEN_AT_ONE = Level(NANOCENTS_PER_DOLLAR, 10 * NAPU_PER_NDAU)


def place_and_lose(world: World, *, after_effect: bool) -> str:
    client_order_id = new_client_order_id()
    world.lose_next("place_offer", after_effect=after_effect)
    with pytest.raises(OutcomeUnknown):
        world.ots.place_offer(client_order_id, TEN_AT_ONE)
    return client_order_id


def found(world: World, client_order_id: str) -> Sequence[str]:
    placed_after = world.ots.server_time() - timedelta(minutes=1)
    orders = world.ots.find_orders(client_order_id, TEN_AT_ONE, placed_after)
    assert all(Level(order.price_nanocents, order.quantity_napu) == TEN_AT_ONE for order in orders)
    return [order.exchange_order_id for order in orders]


def test_an_offer_that_was_lost_on_its_way_is_not_found(world: World) -> None:
    lost = place_and_lose(world, after_effect=False)
    assert found(world, lost) == []


def test_an_offer_whose_answer_was_lost_is_found_once(world: World) -> None:
    lost = place_and_lose(world, after_effect=True)
    (order,) = world.ots.open_orders()
    assert found(world, lost) == [order.exchange_order_id]


def test_it_is_found_after_it_was_filled(world: World) -> None:
    lost = place_and_lose(world, after_effect=True)
    (order,) = world.ots.open_orders()
    world.buy(TEN_AT_ONE.quantity_napu, TEN_AT_ONE.price_nanocents)
    assert found(world, lost) == [order.exchange_order_id]
    assert world.ots.order(order.exchange_order_id).state is OrderState.FILLED


def test_it_is_found_after_it_was_cancelled(world: World) -> None:
    lost = place_and_lose(world, after_effect=True)
    (order,) = world.ots.open_orders()
    world.ots.cancel_order(order.exchange_order_id)
    assert found(world, lost) == [order.exchange_order_id]


def test_orders_that_it_cannot_be_are_left_out(world: World) -> None:
    world.ots.place_offer(new_client_order_id(), Level(2 * NANOCENTS_PER_DOLLAR, TEN_AT_ONE.quantity_napu))
    world.ots.place_offer(new_client_order_id(), Level(TEN_AT_ONE.price_nanocents, NAPU_PER_NDAU))
    lost = place_and_lose(world, after_effect=False)
    assert found(world, lost) == []


def test_a_buy_is_no_offer(world: World) -> None:
    world.place_manually(Side.BUY, TEN_AT_ONE)
    assert found(world, new_client_order_id()) == []


def test_where_several_may_be_it_they_come_oldest_first(world: World) -> None:
    first = world.ots.place_offer(new_client_order_id(), TEN_AT_ONE)
    client_order_id = place_and_lose(world, after_effect=True)
    (lost,) = {order.exchange_order_id for order in world.ots.open_orders()} - {first}
    assert found(world, client_order_id) in ([lost], [first, lost])


def test_looking_for_it_changes_nothing(world: World) -> None:
    lost = place_and_lose(world, after_effect=True)
    assert len({tuple(found(world, lost)) for _ in range(3)}) == 1
    assert len(world.ots.open_orders()) == 1


def test_another_process_finds_it_too(world: World) -> None:
    lost = place_and_lose(world, after_effect=True)
    (order,) = world.ots.open_orders()
    placed_after = world.ots.server_time() - timedelta(minutes=1)
    elsewhere = world.restarted().find_orders(lost, TEN_AT_ONE, placed_after)
    assert [each.exchange_order_id for each in elsewhere] == [order.exchange_order_id]


def test_where_ids_are_kept_an_order_shows_the_one_it_was_placed_with(world: World) -> None:
    client_order_id = new_client_order_id()
    order_id = world.ots.place_offer(client_order_id, TEN_AT_ONE)
    assert world.ots.order(order_id).client_order_id in {client_order_id, None}
    by_hand = world.place_manually(Side.SELL, TEN_AT_ONE)
    assert not is_our_client_order_id(world.ots.order(by_hand).client_order_id)
