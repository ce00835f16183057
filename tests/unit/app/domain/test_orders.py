from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.fills import Side
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order, OrderState, levels_to_place, orders_to_cancel, plan_changes

START = datetime(2026, 1, 1, tzinfo=UTC)
MARKET = Market("X", price_tick_nanocents=1, quantity_step_napu=1, minimum_quantity_napu=5)


def order(number: int, price: int, quantity: int, filled: int = 0) -> Order:
    placed_at = START + timedelta(seconds=number)
    return Order(str(number), None, Side.SELL, price, quantity, filled, OrderState.OPEN, placed_at)


PRICES = st.integers(1, 4)
SHOWN = st.lists(st.tuples(PRICES, st.integers(1, 30), st.integers(0, 20)), max_size=8).map(
    lambda rows: tuple(order(n, p, remaining + filled, filled) for n, (p, remaining, filled) in enumerate(rows))
)
WANTED = st.dictionaries(PRICES, st.integers(5, 40), max_size=4).map(
    lambda levels: tuple(Level(price, quantity) for price, quantity in sorted(levels.items()))
)


def remaining_at(orders: tuple[Order, ...]) -> Counter[int]:
    total: Counter[int] = Counter()
    for one in orders:
        total[one.price_nanocents] += one.remaining_napu
    return total


@given(SHOWN, WANTED)
def test_after_the_changes_every_price_shows_what_is_wanted_there(
    shown: tuple[Order, ...], wanted: tuple[Level, ...]
) -> None:
    changes = plan_changes(shown, wanted, MARKET)
    after = remaining_at(tuple(one for one in shown if one not in changes.cancel))
    for level in changes.place:
        after[level.price_nanocents] += level.quantity_napu
    assert {price: quantity for price, quantity in after.items() if quantity} == {
        level.price_nanocents: level.quantity_napu for level in wanted
    }


@given(SHOWN, WANTED)
def test_at_no_moment_more_is_on_offer_at_a_price_than_before_or_than_is_wanted(
    shown: tuple[Order, ...], wanted: tuple[Level, ...]
) -> None:
    changes = plan_changes(shown, wanted, MARKET)
    wanted_at = {level.price_nanocents: level.quantity_napu for level in wanted}
    book = remaining_at(tuple(one for one in shown if one not in changes.cancel))
    assert all(quantity <= wanted_at.get(price, 0) for price, quantity in book.items())
    for level in changes.place:
        book[level.price_nanocents] += level.quantity_napu
        assert book[level.price_nanocents] <= wanted_at[level.price_nanocents]


@given(SHOWN, WANTED)
def test_planning_again_after_the_changes_changes_nothing(shown: tuple[Order, ...], wanted: tuple[Level, ...]) -> None:
    changes = plan_changes(shown, wanted, MARKET)
    kept = tuple(one for one in shown if one not in changes.cancel)
    placed = tuple(
        order(100 + number, level.price_nanocents, level.quantity_napu) for number, level in enumerate(changes.place)
    )
    assert not plan_changes(kept + placed, wanted, MARKET)


@given(SHOWN, WANTED)
def test_whatever_is_placed_the_market_accepts(shown: tuple[Order, ...], wanted: tuple[Level, ...]) -> None:
    assert all(MARKET.accepts(level) for level in plan_changes(shown, wanted, MARKET).place)


def test_an_order_that_shows_what_is_wanted_is_left_in_its_place_in_the_queue() -> None:
    assert not plan_changes((order(1, 7, 100, filled=40),), (Level(7, 60),), MARKET)


def test_an_order_below_the_lowest_wanted_price_goes() -> None:
    cheap = order(1, 6, 10)
    assert orders_to_cancel((cheap, order(2, 7, 60)), (Level(7, 60),), MARKET) == (cheap,)


def test_of_two_orders_the_older_stays_when_there_is_too_much() -> None:
    older, younger = order(1, 7, 40), order(2, 7, 40)
    assert orders_to_cancel((younger, older), (Level(7, 50),), MARKET) == (younger,)


def test_a_missing_rest_too_small_for_an_order_replaces_the_order_it_belongs_to() -> None:
    shown = (order(1, 7, 57),)
    assert orders_to_cancel(shown, (Level(7, 60),), MARKET) == shown
    assert levels_to_place((), (Level(7, 60),), MARKET) == (Level(7, 60),)
