from app.domain.money import NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.orders import new_client_order_id
from tests.contracts.ots.worlds import World

TEN_AT_ONE = Level(NANOCENTS_PER_DOLLAR, 10 * NAPU_PER_NDAU)


def test_an_offer_holds_its_quantity_and_a_sale_takes_it_away(world: World) -> None:
    before = world.ots.balance()
    assert before.on_orders_napu == 0
    world.ots.place_offer(new_client_order_id(), TEN_AT_ONE)
    offered = world.ots.balance()
    assert offered.on_orders_napu == TEN_AT_ONE.quantity_napu
    assert offered.total_napu == before.total_napu
    world.buy(4 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    sold = world.ots.balance()
    assert sold.on_orders_napu == 6 * NAPU_PER_NDAU
    assert sold.total_napu == before.total_napu - 4 * NAPU_PER_NDAU


def test_a_cancelled_offer_holds_nothing(world: World) -> None:
    before = world.ots.balance()
    world.ots.cancel_order(world.ots.place_offer(new_client_order_id(), TEN_AT_ONE))
    assert world.ots.balance() == before


def test_a_key_that_works_may_trade_where_the_exchange_tells(world: World) -> None:
    told = world.ots.permissions()
    assert told is None or (told.can_trade and not told.can_withdraw)
