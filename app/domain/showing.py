"""How one exchange shows the stack: how much of each level, and at what price in its own currency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from app.domain.errors import InvalidInput
from app.domain.markets import Market
from app.domain.money import NANOCENTS_PER_DOLLAR
from app.domain.offers import Level, Stack


@dataclass(frozen=True, slots=True)
class Showing:
    """An exchange's part of the stack.

    Attributes:
        share: of each level, above 0, at most 1.
        spread: what its price is above the target price, as a fraction of it; never below 0.
        is_split: the levels are shared out, so what other exchanges show limits what this one may.
    """

    share: Fraction = Fraction(1)
    spread: Fraction = Fraction(0)
    is_split: bool = False

    def __post_init__(self) -> None:
        """Refuse what would offer more than there is, or below the target price.

        Raises:
            InvalidInput: share or spread is out of its bounds.
        """
        if not 0 < self.share <= 1:
            raise InvalidInput(f"share is {float(self.share):g}; expected above 0, at most 1")
        if self.spread < 0:
            raise InvalidInput(
                f"spread is {float(self.spread):g}; expected 0 or more: an offer is never below the target"
            )


WHOLE = Showing()
"""All of each level at its target price."""


@dataclass(frozen=True, slots=True)
class ShownLevel:
    """A level as one market shows it.

    Attributes:
        level: price in the market's currency and on its grid; quantity on its grid.
        target_nanocents: the target price, in dollars, of the dearest tokens in it.
    """

    level: Level
    target_nanocents: int

    @classmethod
    def at_target(cls, level: Level) -> "ShownLevel":
        """Return a level in dollars that stands at its target price."""
        return cls(level, level.price_nanocents)


@dataclass(frozen=True, slots=True)
class LiveOffer:
    """What one offer, on any exchange, may still sell of tokens up to a target price."""

    target_nanocents: int
    remaining_napu: int


@dataclass(frozen=True, slots=True)
class OnOffer:
    """What was sold, and what is on offer on all exchanges together, at one moment of the ledger."""

    sold_napu: int
    live: tuple[LiveOffer, ...]


def shown_stack(
    stack: Stack, market: Market, showing: Showing = WHOLE, *, unit_nanocents: int = NANOCENTS_PER_DOLLAR
) -> tuple[ShownLevel, ...]:
    """Return the stack as an exchange can show it.

    Prices go UP (spread, currency, tick: never below target), quantities DOWN (share, step). Levels that meet at one
    price are joined before their quantity is put on the grid, so nothing is lost twice. A level below the market's
    minimums is left out.

    Args:
        stack: dollars, by rising price.
        market: whose grid and minimums they meet.
        showing: the exchange's part of it.
        unit_nanocents: what one unit of the market's currency is worth, in dollars.
    """
    priced = (
        (
            market.price_up(_in_currency(level.price_nanocents, showing.spread, unit_nanocents)),
            level.price_nanocents,
            level.quantity_napu * showing.share.numerator // showing.share.denominator,
        )
        for level in stack
    )
    shown = (_joined(price, list(levels), market) for price, levels in groupby(priced, key=lambda level: level[0]))
    return tuple(each for each in shown if market.accepts(each.level))


def _in_currency(price_nanocents: int, spread: Fraction, unit_nanocents: int) -> int:
    exact = price_nanocents * (1 + spread) * NANOCENTS_PER_DOLLAR / unit_nanocents
    return -(-exact.numerator // exact.denominator)


def _joined(price: int, levels: Sequence[tuple[int, int, int]], market: Market) -> ShownLevel:
    quantity = market.quantity_down(sum(quantity for *_, quantity in levels))
    return ShownLevel(Level(price, quantity), max(target for _, target, _ in levels))


def within_room(
    wanted: Iterable[ShownLevel], stack: Stack, live: Iterable[LiveOffer], market: Market
) -> tuple[ShownLevel, ...]:
    """Reduce what is to be placed so that no token is offered on two exchanges at once.

    At each target price, all that is on offer anywhere for tokens up to that price must fit into all tokens there are
    up to that price. What an exchange still shows from before counts until it is known to be gone.

    What is below the target price by now is left out altogether.

    Args:
        wanted: what is to be placed besides all that is live, by rising price.
        stack: all there is to sell now, dollars; deep enough for every exchange.
        live: every offer of ours on every exchange that may still sell.
        market: whose grid and minimums what is left must meet.
    """
    offers = list(live)
    fitting = []
    for each in wanted:
        if each.target_nanocents < stack[0].price_nanocents:
            continue
        free = min(
            (room - used for target, room, used in _rooms(stack, offers) if target >= each.target_nanocents), default=0
        )
        quantity = market.quantity_down(max(0, min(each.level.quantity_napu, free)))
        level = Level(each.level.price_nanocents, quantity)
        if market.accepts(level):
            fitting.append(ShownLevel(level, each.target_nanocents))
            offers.append(LiveOffer(each.target_nanocents, quantity))
    return tuple(fitting)


def _rooms(stack: Stack, offers: Sequence[LiveOffer]) -> Iterable[tuple[int, int, int]]:
    """Yield for each target price what there is up to it and what is on offer of that."""
    room = 0
    for target, levels in groupby(stack, key=lambda level: level.price_nanocents):
        room += sum(level.quantity_napu for level in levels)
        yield target, room, sum(offer.remaining_napu for offer in offers if offer.target_nanocents <= target)


def stack_on_market(stack: Stack, market: Market) -> Stack:
    """Return the whole stack, at its target prices, as a market in dollars can show it."""
    return tuple(each.level for each in shown_stack(stack, market))
