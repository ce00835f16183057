"""Orders as an exchange reports them, and how to turn those shown into those wanted."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from app.domain.fills import Side
from app.domain.markets import Market
from app.domain.offers import Level, Stack

_OUR_PREFIX = "meic"


def new_client_order_id() -> str:
    """Return a new id for an offer: 28 characters that say whose it is, and 96 bits that are no other's."""
    return f"{_OUR_PREFIX}{uuid4().hex[:24]}"


def is_our_client_order_id(text: str | None) -> bool:
    """Tell whether an order is one of our offers by its id alone, as a ledger that has forgotten it must."""
    return text is not None and text.startswith(_OUR_PREFIX)


class OrderState(StrEnum):
    """Whether an order can still be filled; the other two are final."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Order:
    """One order of our account, as the exchange reports it.

    Attributes:
        exchange_order_id: the exchange's id.
        client_order_id: ours, or None where the exchange keeps none.
        quantity_napu: as placed.
        filled_napu: how much of it has been executed.
        placed_at: by the exchange's clock, UTC.
    """

    exchange_order_id: str
    client_order_id: str | None
    side: Side
    price_nanocents: int
    quantity_napu: int
    filled_napu: int
    state: OrderState
    placed_at: datetime

    @property
    def remaining_napu(self) -> int:
        """What can still be bought of it."""
        return self.quantity_napu - self.filled_napu if self.state is OrderState.OPEN else 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to happen on an exchange, in this order: cancels first, and final, then placements.

    Until the cancels are final their orders can still be filled, so placing before would offer the same tokens twice.
    """

    cancel: tuple[Order, ...]
    place: tuple[Level, ...]

    def __bool__(self) -> bool:
        return bool(self.cancel or self.place)


def orders_to_cancel(shown: tuple[Order, ...], wanted: Stack, market: Market) -> tuple[Order, ...]:
    """Choose which of our open orders must go so that none is left that offers what is not wanted.

    Kept are the oldest orders at a wanted price, as long as together they do not exceed the quantity wanted there
    (an older order stands first in the exchange's queue). All orders of a price go when what is missing beside them
    is too small for an order of its own but the whole is not.
    """
    quantity_at = {level.price_nanocents: level.quantity_napu for level in wanted}
    kept_at: Counter[int] = Counter()
    cancel, kept = [], defaultdict(list)
    for order in sorted(shown, key=lambda order: (order.placed_at, order.exchange_order_id)):
        price = order.price_nanocents
        if kept_at[price] + order.remaining_napu <= quantity_at.get(price, 0):
            kept_at[price] += order.remaining_napu
            kept[price].append(order)
        else:
            cancel.append(order)
    for price, orders in kept.items():
        missing = quantity_at[price] - kept_at[price]
        if missing and not market.accepts(Level(price, missing)):
            cancel.extend(orders)
    return tuple(cancel)


def levels_to_place(kept: tuple[Order, ...], wanted: Stack, market: Market) -> Stack:
    """Return what is missing beside the orders that stay, lowest price first; what is too small is left out."""
    shown_at: Counter[int] = Counter()
    for order in kept:
        shown_at[order.price_nanocents] += order.remaining_napu
    missing = (
        Level(level.price_nanocents, market.quantity_down(level.quantity_napu - shown_at[level.price_nanocents]))
        for level in wanted
        if level.quantity_napu > shown_at[level.price_nanocents]
    )
    return tuple(level for level in missing if market.accepts(level))


def plan_changes(shown: tuple[Order, ...], wanted: Stack, market: Market) -> Changes:
    """Plan how our open orders become the wanted stack without ever offering more than it."""
    cancel = orders_to_cancel(shown, wanted, market)
    kept = tuple(order for order in shown if order not in cancel)
    return Changes(cancel, levels_to_place(kept, wanted, market))
