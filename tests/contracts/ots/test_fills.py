from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from app.domain.fills import Fill, FillPage, Side
from app.domain.money import NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.orders import new_client_order_id
from app.ports.exchanges import OrderTrackingSystem
from tests.contracts.ots.worlds import World

ONE_AT_ONE = Level(NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU)
LONG_AGO = datetime.now(UTC) - timedelta(days=2)


def read(ots: OrderTrackingSystem, position: str | None = None, since: datetime = LONG_AGO) -> Sequence[FillPage]:
    return list(ots.read_fills(position, since))


def fills_of(pages: Iterable[FillPage]) -> list[Fill]:
    return [fill for page in pages for fill in page.fills]


def place(world: World, count: int) -> list[str]:
    return [world.ots.place_offer(new_client_order_id(), ONE_AT_ONE) for _ in range(count)]


def test_where_nothing_was_filled_there_is_no_page(world: World) -> None:
    place(world, 1)
    assert read(world.ots) == []


def test_a_fill_tells_everything_about_an_execution(world: World) -> None:
    before = world.ots.server_time() - timedelta(milliseconds=1)
    (order_id,) = place(world, 1)
    world.buy(25 * 10**6, 2 * NANOCENTS_PER_DOLLAR)
    ((fill,),) = (page.fills for page in read(world.ots))
    assert (fill.exchange_order_id, fill.side) == (order_id, Side.SELL)
    assert (fill.price_nanocents, fill.quantity_napu) == (NANOCENTS_PER_DOLLAR, 25 * 10**6)
    assert before <= fill.executed_at <= world.ots.server_time()
    assert fill.raw


def test_a_fill_of_our_buy_says_so(world: World) -> None:
    bought = world.place_manually(Side.BUY, ONE_AT_ONE)
    world.sell(NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    ((fill,),) = (page.fills for page in read(world.ots))
    assert (fill.exchange_order_id, fill.side) == (bought, Side.BUY)


def test_reading_again_from_a_position_gives_the_same_fills(world: World) -> None:
    place(world, 4)
    world.buy(2 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    position = read(world.ots)[-1].position
    world.buy(2 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    once = fills_of(read(world.ots, position))
    assert len(once) == 2
    assert once == fills_of(read(world.ots, position)) == fills_of(read(world.restarted(), position))


def test_after_the_last_position_there_is_no_page(world: World) -> None:
    place(world, 2)
    world.buy(2 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    position = read(world.ots)[-1].position
    assert read(world.ots, position) == []
    assert read(world.restarted(), position) == []


def test_many_fills_of_one_moment_are_all_read_oldest_first(world: World) -> None:
    # One taker sweeps them all, so that an exchange gives all of them one time.
    orders = place(world, 130)
    world.buy(130 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    pages = read(world.restarted())
    fills = fills_of(pages)
    assert sorted(fill.exchange_order_id for fill in fills) == sorted(orders)
    assert len({fill.fill_id for fill in fills}) == 130
    assert all(0 < len(page.fills) <= 1000 for page in pages)
    assert all(earlier.executed_at <= later.executed_at for earlier, later in pairwise(fills))


def test_a_reading_that_was_broken_off_goes_on_after_any_page(world: World) -> None:
    place(world, 130)
    for _ in range(13):
        world.buy(10 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    pages = read(world.ots)
    for number, page in enumerate(pages):
        assert fills_of(read(world.restarted(), page.position)) == fills_of(pages[number + 1 :])


def test_fills_that_arrive_while_reading_are_not_lost(world: World) -> None:
    place(world, 8)
    world.buy(2 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    found: list[Fill] = []
    arrivals, position, has_more = 3, None, True
    while has_more:
        has_more = False
        for page in world.ots.read_fills(position, LONG_AGO):
            found += page.fills
            position, has_more = page.position, True
            if arrivals:
                arrivals -= 1
                world.buy(2 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    assert arrivals == 0
    assert len({fill.fill_id for fill in found}) == len(found) == 8


def test_reading_starts_at_the_given_time(world: World) -> None:
    place(world, 1)
    world.buy(NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    assert read(world.ots, since=world.ots.server_time() + timedelta(minutes=1)) == []
    assert len(fills_of(read(world.ots, since=world.ots.server_time() - timedelta(minutes=1)))) == 1


def test_the_exchanges_clock_is_utc_and_near_ours(world: World) -> None:
    time = world.ots.server_time()
    assert time.utcoffset() == timedelta(0)
    assert abs(time - datetime.now(UTC)) < timedelta(seconds=5)


def test_no_fill_has_the_id_of_another(world: World) -> None:
    place(world, 3)
    bought = world.place_manually(Side.BUY, Level(NANOCENTS_PER_DOLLAR // 2, 2 * NAPU_PER_NDAU))
    world.buy(2 * NAPU_PER_NDAU + NAPU_PER_NDAU // 2, NANOCENTS_PER_DOLLAR)
    world.sell(NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR // 2)
    fills = fills_of(read(world.ots))
    assert len({fill.fill_id for fill in fills}) == len(fills) == 4
    assert [fill.quantity_napu for fill in fills if fill.exchange_order_id == bought] == [NAPU_PER_NDAU]


def test_the_fills_of_an_order_add_up_to_what_it_says_it_executed(world: World) -> None:
    (order_id,) = place(world, 1)
    for _ in range(4):
        world.buy(20 * 10**6, NANOCENTS_PER_DOLLAR)
    fills = fills_of(read(world.ots))
    assert sum(fill.quantity_napu for fill in fills) == world.ots.order(order_id).filled_napu == 80 * 10**6


def test_two_processes_that_read_from_one_position_read_the_same(world: World) -> None:
    place(world, 5)
    world.buy(5 * NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
    assert fills_of(read(world.ots)) == fills_of(read(world.restarted())) == fills_of(read(world.ots))


def test_fills_of_one_moment_on_both_sides_of_a_position_are_not_lost(world: World) -> None:
    orders = place(world, 6)
    found: list[Fill] = []
    position = None
    for _ in range(6):
        world.buy(NAPU_PER_NDAU, NANOCENTS_PER_DOLLAR)
        for page in read(world.restarted(), position):
            found += page.fills
            position = page.position
    assert sorted(fill.exchange_order_id for fill in found) == sorted(orders)
