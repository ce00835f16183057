"""What a simulated trader does next: a pure function of what it sees and of its dice."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from random import Random

BUY = "buy"
SELL = "sell"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a trader trades.

    Attributes:
        smallest: the smallest quantity it trades, decimal, inclusive; likewise `largest`.
        price_tick: prices are multiples of it.
        quantity_step: quantities are multiples of it.
        resting_bids: how many bids it leaves in the book at most.
    """

    smallest: Decimal
    largest: Decimal
    price_tick: Decimal
    quantity_step: Decimal
    resting_bids: int = 3


@dataclass(frozen=True, slots=True)
class Sight:
    """What a trader sees before it decides.

    Attributes:
        best_bid: None when nobody bids; likewise `best_ask`.
        money: what it can spend, in the quote asset; likewise `tokens`, what it can sell.
        own_bids: its open bids as (order id, price).
    """

    best_bid: Decimal | None
    best_ask: Decimal | None
    money: Decimal
    tokens: Decimal
    own_bids: tuple[tuple[int, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Take:
    """Trade at once with whoever rests at this price or better; what does not trade at once is cancelled."""

    side: str
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class RestBid:
    """Leave a bid in the book."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class CancelBid:
    """Take one's own bid out of the book."""

    order_id: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing this time."""


Decision = Take | RestBid | CancelBid | Wait

_WAIT = Wait()
# Of 100 decisions: mostly buys from whoever offers, which is what the issuer waits for; some trading among themselves.
_BUYS, _BIDS = 75, 15
_HIGHEST_PREMIUM_PERCENT = 2
_DEEPEST_DISCOUNT_PERCENT = 10


def decide(dice: Random, habits: Habits, sight: Sight) -> Decision:
    """Choose what to do: buy at market, rest a bid below the market, or sell to another trader's bid."""
    throw = dice.randrange(100)
    quantity = _quantity(dice, habits)
    if throw < _BUYS:
        return _buy(dice, habits, sight, quantity)
    if throw < _BUYS + _BIDS:
        return _bid(dice, habits, sight, quantity)
    return _sell(habits, sight, quantity)


def pause_seconds(dice: Random, mean_seconds: float) -> float:
    """Return how long to wait before the next decision: as between independent buyers, and at most ten times the mean."""
    return min(dice.expovariate(1 / mean_seconds), 10 * mean_seconds)


def _quantity(dice: Random, habits: Habits) -> Decimal:
    step = habits.quantity_step
    first = int((habits.smallest / step).to_integral_value(ROUND_UP))
    return dice.randint(first, max(first, int(habits.largest / step))) * step


def _buy(dice: Random, habits: Habits, sight: Sight, quantity: Decimal) -> Decision:
    if sight.best_ask is None:
        return _WAIT
    # A limit somewhat above the best ask reaches into the next level when the first is thin.
    premium = Decimal(dice.randint(0, 100 * _HIGHEST_PREMIUM_PERCENT)) / 10_000
    price = _on_grid(sight.best_ask * (1 + premium), habits.price_tick, ROUND_UP)
    if price * quantity > sight.money:
        return _WAIT
    return Take(BUY, price, quantity)


def _bid(dice: Random, habits: Habits, sight: Sight, quantity: Decimal) -> Decision:
    if len(sight.own_bids) >= habits.resting_bids:
        return CancelBid(min(sight.own_bids)[0])
    market = sight.best_ask or sight.best_bid
    if market is None:
        return _WAIT
    discount = Decimal(dice.randint(100, 100 * _DEEPEST_DISCOUNT_PERCENT)) / 10_000
    price = _on_grid(market * (1 - discount), habits.price_tick, ROUND_DOWN)
    if price <= 0 or price * quantity > sight.money:
        return _WAIT
    return RestBid(price, quantity)


def _sell(habits: Habits, sight: Sight, quantity: Decimal) -> Decision:
    own_best = max((price for _, price in sight.own_bids), default=None)
    # At its own bid's price it would trade with itself.
    if sight.best_bid is None or sight.best_bid == own_best:
        return _WAIT
    quantity = min(quantity, _on_grid(sight.tokens, habits.quantity_step, ROUND_DOWN))
    return Take(SELL, sight.best_bid, quantity) if quantity >= habits.smallest else _WAIT


def _on_grid(value: Decimal, spacing: Decimal, rounding: str) -> Decimal:
    return (value / spacing).to_integral_value(rounding) * spacing
