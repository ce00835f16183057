"""Say what publishing would do on an exchange, and why; do nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import MeicError
from app.domain.ledger import OfferState
from app.domain.offers import Level, desired_stack
from app.domain.orders import Order, levels_to_place, orders_to_cancel
from app.domain.showing import ShownLevel, shown_stack
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.services.pricing import pricing
from app.services.publisher import PublishRules


class Action(StrEnum):
    """What would become of a quantity at a price."""

    KEEP = "keep"
    CANCEL = "cancel"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One order that would be kept, cancelled or placed.

    Attributes:
        level: price in the market's currency; of an order that is there, what is left of it.
        exchange_order_id: None for one that would be placed.
    """

    action: Action
    level: Level
    why: str
    exchange_order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing would do on one exchange.

    Attributes:
        obstacle: why it would place nothing, or could not even be planned; "" when nothing stands in the way.
    """

    exchange: str
    steps: tuple[PlannedStep, ...] = ()
    obstacle: str = ""

    def count(self, action: Action) -> int:
        """Return how many steps are of a kind."""
        return sum(step.action is action for step in self.steps)

    @property
    def summary(self) -> str:
        """The plan in a few words."""
        words = f"would cancel {self.count(Action.CANCEL)}, place {self.count(Action.PLACE)}, keep {self.count(Action.KEEP)}"
        return f"{words}; {self.obstacle}" if self.obstacle else words


def plan_offers(ledger: Ledger, ots: OrderTrackingSystem, clock: Clock, rules: PublishRules, basis_napu: int) -> Plan:
    """Compare an exchange's open orders with the stack that is due, and say what publishing would do.

    Args:
        ledger: only read; fills that were not polled yet are not known to the plan.
        ots: only read.
        clock: tells how old a rate is.
        rules: how the exchange is published to.
        basis_napu: everything issued or sold.
    """
    priced = pricing(ledger, clock, rules)
    if priced.unit_nanocents is None:
        return Plan(ots.name, obstacle=priced.obstacle)
    try:
        orders, market = ots.open_orders(), ots.market
    except MeicError as error:
        return Plan(ots.name, obstacle=str(error))
    live = {offer.exchange_order_id: offer for offer in ledger.offers.live_offers(ots.name)}
    ours = [order for order in orders if order.exchange_order_id in live]
    stack = desired_stack(basis_napu, rules.depth)
    wanted = shown_stack(stack, market, rules.showing, unit_nanocents=priced.unit_nanocents)
    levels = tuple(each.level for each in wanted)
    steady = tuple(order for order in ours if live[order.exchange_order_id].state is not OfferState.CLOSING)
    cancel = [order for order in ours if order not in steady] + [*orders_to_cancel(steady, levels, market)]
    kept = tuple(order for order in steady if order not in cancel)
    steps = (
        *_cancels(cancel, wanted),
        *_keeps(kept, wanted),
        *_places(levels_to_place(kept, levels, market), wanted),
    )
    return Plan(ots.name, steps, priced.obstacle)


def _cancels(orders: Sequence[Order], wanted: Sequence[ShownLevel]) -> Iterator[PlannedStep]:
    prices = {each.level.price_nanocents for each in wanted}
    lowest = min(prices, default=0)
    for order in orders:
        if order.price_nanocents in prices:
            why = "more than is due at this price, or too near to it to add what is missing"
        elif order.price_nanocents < lowest:
            why = "below the target price"
        else:
            why = "no price of the stack"
        yield PlannedStep(Action.CANCEL, _left(order), why, order.exchange_order_id)


def _keeps(orders: Sequence[Order], wanted: Sequence[ShownLevel]) -> Iterator[PlannedStep]:
    due = {each.level.price_nanocents: each.level.quantity_napu for each in wanted}
    for order in orders:
        why = "due" if due[order.price_nanocents] == order.remaining_napu else "a part of what is due"
        yield PlannedStep(Action.KEEP, _left(order), why, order.exchange_order_id)


def _places(levels: Sequence[Level], wanted: Sequence[ShownLevel]) -> Iterator[PlannedStep]:
    due = {each.level.price_nanocents: each.level.quantity_napu for each in wanted}
    for level in levels:
        why = "due and not there" if due[level.price_nanocents] == level.quantity_napu else "missing beside what stays"
        yield PlannedStep(Action.PLACE, level, why)


def _left(order: Order) -> Level:
    return Level(order.price_nanocents, order.remaining_napu)
