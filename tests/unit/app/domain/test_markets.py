import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.markets import Market
from app.domain.money import parse_dollars, parse_ndau
from app.domain.offers import Level, desired_stack
from app.domain.price_curve import BLOCK_NAPU
from app.domain.showing import stack_on_market

MARKETS = st.builds(
    Market,
    st.just("NDAU_USDT"),
    st.integers(1, 10**12),
    st.integers(1, 10**9),
    st.integers(0, 10**10),
    st.integers(0, 10**13),
)
STACKS = st.builds(desired_stack, st.integers(0, 30_500 * BLOCK_NAPU), st.integers(1, 8))


@given(STACKS, MARKETS)
def test_no_price_is_below_its_level_and_none_is_off_the_grid(stack: tuple[Level, ...], market: Market) -> None:
    shown = stack_on_market(stack, market)
    lowest = stack[0].price_nanocents
    for level in shown:
        assert level.price_nanocents >= lowest
        assert level.price_nanocents % market.price_tick_nanocents == 0
        assert level.quantity_napu % market.quantity_step_napu == 0
        assert market.accepts(level)


@given(STACKS, MARKETS)
def test_never_more_is_shown_up_to_a_price_than_the_stack_offers_up_to_it(
    stack: tuple[Level, ...], market: Market
) -> None:
    for level in stack_on_market(stack, market):
        shown = sum(
            x.quantity_napu for x in stack_on_market(stack, market) if x.price_nanocents <= level.price_nanocents
        )
        offered = sum(x.quantity_napu for x in stack if x.price_nanocents <= level.price_nanocents)
        assert shown <= offered


@given(STACKS, MARKETS)
def test_prices_on_a_market_are_distinct_and_rise(stack: tuple[Level, ...], market: Market) -> None:
    prices = [level.price_nanocents for level in stack_on_market(stack, market)]
    assert prices == sorted(set(prices))


def test_levels_that_meet_at_one_price_are_joined_before_they_are_rounded() -> None:
    market = Market("X", parse_dollars("0.01"), parse_ndau("1"))
    stack = (Level(parse_dollars("1.001"), parse_ndau("1.5")), Level(parse_dollars("1.002"), parse_ndau("1.5")))
    assert stack_on_market(stack, market) == (Level(parse_dollars("1.01"), parse_ndau("3")),)


def test_a_level_below_the_minimums_is_left_out() -> None:
    market = Market("X", 1, 1, minimum_quantity_napu=10, minimum_notional_nanocents=0)
    assert stack_on_market((Level(5, 9), Level(6, 10)), market) == (Level(6, 10),)
    market = Market("X", 1, 1, minimum_notional_nanocents=parse_dollars("5"))
    small, enough = Level(parse_dollars("1"), parse_ndau("4.99")), Level(parse_dollars("2"), parse_ndau("2.5"))
    assert stack_on_market((small, enough), market) == (enough,)


@pytest.mark.parametrize("rules", [(0, 1), (1, 0), (-1, 1)])
def test_rules_that_no_order_could_follow_are_refused(rules: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="market X"):
        Market("X", *rules)
