"""What simulated traders decide, whatever they see."""

from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localnet.buyers.decisions import BUY, SELL, CancelBid, Habits, RestBid, Sight, Take, Wait, decide, pause_seconds

HABITS = Habits(Decimal("0.50"), Decimal(40), Decimal("0.05"), Decimal("0.25"), resting_bids=2)


def dice_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311  a simulation wants repeatable dice


prices = st.integers(1, 4000).map(lambda ticks: ticks * HABITS.price_tick)
amounts = st.decimals(0, 100_000, places=4)
own_bids = st.lists(st.tuples(st.integers(1, 9), prices), max_size=3).map(tuple)
sights = st.builds(Sight, st.none() | prices, st.none() | prices, amounts, amounts, own_bids)
dice = st.integers(0, 2**32).map(dice_of)


@given(dice, sights)
def test_every_order_is_on_the_grid_within_the_habits_and_affordable(dice: Random, sight: Sight) -> None:
    decision = decide(dice, HABITS, sight)
    if isinstance(decision, Take | RestBid):
        assert decision.price > 0
        assert decision.price % HABITS.price_tick == 0
        assert HABITS.smallest <= decision.quantity <= HABITS.largest
        assert decision.quantity % HABITS.quantity_step == 0
        if isinstance(decision, Take) and decision.side == SELL:
            assert decision.quantity <= sight.tokens
        else:
            assert decision.price * decision.quantity <= sight.money


@given(dice, sights)
def test_taking_reaches_the_best_price_and_a_bid_stays_below_the_market(dice: Random, sight: Sight) -> None:
    match decide(dice, HABITS, sight):
        case Take(side, price, _) if side == BUY:
            assert sight.best_ask is not None
            assert sight.best_ask <= price < sight.best_ask * Decimal("1.02") + HABITS.price_tick
        case Take(_, price, _):
            assert price == sight.best_bid
            assert price != max((own for _, own in sight.own_bids), default=None)
        case RestBid(price, _):
            market = sight.best_ask or sight.best_bid
            assert market is not None
            assert price < market
            assert len(sight.own_bids) < HABITS.resting_bids
        case CancelBid(order_id):
            assert len(sight.own_bids) >= HABITS.resting_bids
            assert order_id == min(number for number, _ in sight.own_bids)
        case Wait():
            pass


@given(st.integers(), sights)
def test_the_same_dice_decide_the_same(seed: int, sight: Sight) -> None:
    assert decide(dice_of(seed), HABITS, sight) == decide(dice_of(seed), HABITS, sight)


def test_a_trader_mostly_buys_and_does_everything_else_now_and_then() -> None:
    dice = dice_of(1)
    sight = Sight(Decimal(10), Decimal(11), Decimal(100_000), Decimal(1000))
    counts = Counter(
        (type(decision).__name__, getattr(decision, "side", ""))
        for decision in (decide(dice, HABITS, sight) for _ in range(2000))
    )
    assert set(counts) == {("Take", BUY), ("Take", SELL), ("RestBid", "")}
    assert counts["Take", BUY] > 1200
    assert min(counts.values()) > 100


def test_in_an_empty_market_a_trader_waits() -> None:
    dice = dice_of(1)
    empty = Sight(None, None, Decimal(100_000), Decimal(1000))
    assert all(decide(dice, HABITS, empty) == Wait() for _ in range(200))


@pytest.mark.parametrize("mean", [0.01, 2.0])
def test_pauses_have_the_mean_asked_for_and_an_end(mean: float) -> None:
    dice = dice_of(1)
    pauses = [pause_seconds(dice, mean) for _ in range(20_000)]
    assert min(pauses) >= 0
    assert max(pauses) <= 10 * mean
    assert sum(pauses) / len(pauses) == pytest.approx(mean, rel=0.05)
