from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.markets import Market
from app.domain.money import NANOCENTS_PER_DOLLAR, parse_dollars, parse_ndau
from app.domain.offers import Level, Stack, desired_stack
from app.domain.price_curve import BLOCK_NAPU
from app.domain.showing import LiveOffer, Showing, ShownLevel, shown_stack, within_room

MARKETS = st.builds(
    Market, st.just("X"), st.integers(1, 10**10), st.integers(1, 10**8), st.integers(0, 10**9), st.integers(0, 10**12)
)
STACKS = st.builds(desired_stack, st.integers(0, 30_500 * BLOCK_NAPU), st.integers(1, 6))
SHARES = st.fractions(Fraction(1, 1000), 1)
SHOWINGS = st.builds(Showing, SHARES, st.fractions(0, 1))
UNITS = st.integers(10**8, 10**13)
"""What a unit of the market's currency may be worth: a thousandth of a dollar to a hundred."""


@given(STACKS, MARKETS, SHOWINGS, UNITS)
def test_what_is_asked_is_worth_at_least_the_target_price_with_its_spread(
    stack: Stack, market: Market, showing: Showing, unit: int
) -> None:
    for shown in shown_stack(stack, market, showing, unit_nanocents=unit):
        worth = Fraction(shown.level.price_nanocents * unit, NANOCENTS_PER_DOLLAR)
        assert worth >= shown.target_nanocents * (1 + showing.spread)
        assert shown.target_nanocents >= stack[0].price_nanocents


@given(STACKS, MARKETS, SHOWINGS, UNITS)
def test_never_more_than_the_share_is_shown_of_what_there_is_up_to_a_target_price(
    stack: Stack, market: Market, showing: Showing, unit: int
) -> None:
    shown = shown_stack(stack, market, showing, unit_nanocents=unit)
    for each in shown:
        so_far = sum(x.level.quantity_napu for x in shown if x.target_nanocents <= each.target_nanocents)
        assert so_far <= showing.share * up_to(stack, each.target_nanocents)


@given(STACKS, MARKETS, st.lists(st.integers(1, 100), min_size=1, max_size=5))
def test_the_parts_of_all_exchanges_together_are_no_more_than_the_stack(
    stack: Stack, market: Market, weights: list[int]
) -> None:
    shown = [
        each
        for weight in weights
        for each in shown_stack(stack, market, Showing(Fraction(weight, sum(weights)), is_split=True))
    ]
    for level in stack:
        target = level.price_nanocents
        assert sum(each.level.quantity_napu for each in shown if each.target_nanocents <= target) <= up_to(
            stack, target
        )


@given(STACKS, MARKETS, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2 * BLOCK_NAPU)), max_size=6))
def test_what_fits_beside_other_offers_is_never_a_token_too_much_and_as_much_as_goes(
    stack: Stack, market: Market, others: list[tuple[int, int]]
) -> None:
    live = [LiveOffer(stack[min(number, len(stack) - 1)].price_nanocents, quantity) for number, quantity in others]
    wanted = shown_stack(stack, market)
    placed = within_room(wanted, stack, live, market)
    together = [*live, *(LiveOffer(each.target_nanocents, each.level.quantity_napu) for each in placed)]
    targets = {level.price_nanocents for level in stack}
    for target in targets:
        before, after = on_offer(live, target), on_offer(together, target)
        assert after <= max(before, up_to(stack, target))
    quantities = {each.target_nanocents: each.level.quantity_napu for each in placed}
    for each in wanted:
        free = min(up_to(stack, t) - on_offer(together, t) for t in targets if t >= each.target_nanocents)
        missing = each.level.quantity_napu - quantities.get(each.target_nanocents, 0)
        more = market.quantity_down(max(0, min(free, missing)))
        whole = quantities.get(each.target_nanocents, 0) + more
        assert more == 0 or not market.accepts(Level(each.level.price_nanocents, whole))


def test_what_is_below_the_target_price_by_now_is_not_placed_however_much_room_there_is() -> None:
    market = Market("X", 1, 1)
    stack = desired_stack(5 * BLOCK_NAPU, 2)
    late = ShownLevel.at_target(desired_stack(4 * BLOCK_NAPU, 1)[0])
    assert within_room([late], stack, [], market) == ()


def test_a_price_in_another_currency_is_rounded_up_to_its_tick() -> None:
    market = Market("NDAU/EUR", parse_dollars("0.01"), parse_ndau("0.01"))
    (shown,) = shown_stack((Level(parse_dollars("16.70"), BLOCK_NAPU),), market, unit_nanocents=parse_dollars("1.08"))
    assert shown == ShownLevel(Level(parse_dollars("15.47"), BLOCK_NAPU), parse_dollars("16.70"))


@pytest.mark.parametrize(("share", "spread"), [(0, 0), (Fraction(3, 2), 0), (-1, 0), (1, Fraction(-1, 1000))])
def test_more_than_there_is_or_below_the_target_is_refused(share: Fraction, spread: Fraction) -> None:
    with pytest.raises(InvalidInput, match="expected"):
        Showing(Fraction(share), Fraction(spread))


def up_to(stack: Stack, target: int) -> int:
    return sum(level.quantity_napu for level in stack if level.price_nanocents <= target)


def on_offer(offers: list[LiveOffer], target: int) -> int:
    return sum(offer.remaining_napu for offer in offers if offer.target_nanocents <= target)
