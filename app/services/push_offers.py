"""Make one exchange show the newest stack."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import (
    AuthenticationFailed,
    LeaseLost,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from app.domain.halts import Scope, halt_of
from app.domain.ledger import Generation, Offer, OfferOutcome, OfferState
from app.domain.markets import stack_on_market
from app.domain.offers import Stack, desired_stack
from app.domain.orders import Order, levels_to_place, orders_to_cancel
from app.domain.supply import basis_of
from app.ports import Clock, Ledger, OrderTrackingSystem
from app.services.close_offers import cancel_offers, close_gone, record_fills_of
from app.services.publisher import LEASE_SECONDS, Publisher, PublishRules
from app.services.recover_offers import adopt_own, recover_offers

log = logging.getLogger(__name__)


class PushOutcome(StrEnum):
    """How a push ended; only PUBLISHED says that the exchange shows the stack."""

    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    BUSY = "busy"
    HALTED = "halted"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PushReport:
    """How a push ended.

    Attributes:
        has_new_sales: sales were found on the way; issuing should be rung.
        message: what an operator should read, "" when all is well.
    """

    outcome: PushOutcome
    has_new_sales: bool = False
    message: str = ""


def push_offers(
    ledger: Ledger, ots: OrderTrackingSystem, clock: Clock, rules: PublishRules, generation: int
) -> PushReport:
    """Make an exchange's open orders equal the stack of a generation, never offering more than it on the way.

    Skipped when a newer generation exists: its own push follows. A generation that is decided while this push is at
    work is pushed too, since its own push may have found the lease taken.
    """
    newest = ledger.offers.generation()
    if newest is None or newest.number > generation:
        return PushReport(PushOutcome.SUPERSEDED)
    has_new_sales = False
    while True:
        report = _push_alone(ledger, ots, clock, rules, newest)
        has_new_sales = has_new_sales or report.has_new_sales
        after = ledger.offers.generation()
        if report.outcome is not PushOutcome.PUBLISHED or after is None or after.number == newest.number:
            return PushReport(report.outcome, has_new_sales, report.message)
        newest = after


def _push_alone(
    ledger: Ledger, ots: OrderTrackingSystem, clock: Clock, rules: PublishRules, generation: Generation
) -> PushReport:
    if halt := halt_of(ledger.halts.active(), Scope.PUBLISHING, ots.name):
        return PushReport(PushOutcome.HALTED, message=halt.why)
    if recovery := ledger.recovery.active():
        return PushReport(PushOutcome.HALTED, message=f"the ledger is recovering: {recovery.why}")
    with ledger.leases.hold(f"offers:{ots.name}", LEASE_SECONDS) as lease:
        if lease is None:
            return PushReport(PushOutcome.BUSY)
        publisher = Publisher(ledger, ots, clock, rules, lease, LEASE_SECONDS)
        try:
            return _push(publisher, generation)
        except LeaseLost as error:
            return PushReport(PushOutcome.BUSY, publisher.has_new_sales, str(error))
        except (Unavailable, Rejected, OutcomeUnknown) as error:
            return _failed(publisher, error)


def _push(publisher: Publisher, generation: Generation) -> PushReport:
    publisher.record_fills()
    offers, has_unseen = recover_offers(publisher)
    live = {offer.exchange_order_id: offer for offer in offers}
    open_orders = publisher.open_orders()
    if adopt_own(publisher, open_orders):
        live = {offer.exchange_order_id: offer for offer in publisher.live_offers()}
    shown = {order.exchange_order_id: order for order in open_orders if order.exchange_order_id in live}
    # What an order lost to a buyer must count as sold before it counts as missing, or it would be offered twice.
    record_fills_of(publisher, [(live[order_id], order) for order_id, order in shown.items()])
    gone = [offer for order_id, offer in live.items() if order_id is not None and order_id not in shown]
    ours = [(live[order_id], order) for order_id, order in shown.items()] + [*close_gone(publisher, gone)]
    kept, wanted = _cancel_excess(publisher, generation, ours)
    if has_unseen:
        message = (
            "an order that was sent is not to be seen yet; nothing is placed until it is, or cannot appear any more"
        )
        publisher.ledger.offers.published(publisher.ots.name, None, message)
        return PushReport(PushOutcome.WAITING, publisher.has_new_sales, message)
    message = _place(publisher, generation, kept, wanted)
    publisher.ledger.offers.published(publisher.ots.name, None if message else generation.number, message)
    outcome = PushOutcome.FAILED if message else PushOutcome.PUBLISHED
    return PushReport(outcome, publisher.has_new_sales, message)


def _cancel_excess(
    publisher: Publisher, generation: Generation, shown: Sequence[tuple[Offer, Order]]
) -> tuple[tuple[Order, ...], Stack]:
    """Cancel what is not wanted; return the orders that stay and the stack that is wanted by then."""
    # A cancel that was asked for before may still come true, so such an order cannot be counted on.
    cancel = [(offer, order) for offer, order in shown if offer.state is OfferState.CLOSING]
    kept = [(offer, order) for offer, order in shown if offer.state is not OfferState.CLOSING]
    while True:
        wanted = _wanted(publisher, generation)
        excess = orders_to_cancel(tuple(order for _, order in kept), wanted, publisher.ots.market)
        cancel += [(offer, order) for offer, order in kept if order in excess]
        if not cancel:
            return tuple(order for _, order in kept), wanted
        kept = [(offer, order) for offer, order in kept if order not in excess]
        cancel_offers(publisher, cancel)
        # More was sold during the cancel, so less may be wanted of what was kept.
        cancel = []


def _wanted(publisher: Publisher, generation: Generation) -> Stack:
    """The stack as of now: sales recorded since the generation was decided have used some of it up."""
    sold = publisher.ledger.fills.totals().sold_napu
    basis = basis_of(chain_issued_napu=generation.issued_napu, foreign_napu=generation.foreign_napu, sold_napu=sold)
    return stack_on_market(desired_stack(basis, publisher.rules.depth), publisher.ots.market)


def _place(publisher: Publisher, generation: Generation, kept: tuple[Order, ...], wanted: Stack) -> str:
    """Place what is missing, each offer committed before it is sent; return what went wrong, or ""."""
    missing = levels_to_place(kept, wanted, publisher.ots.market)
    if not missing:
        return ""
    publisher.renew()
    offers = publisher.ledger.offers.intend(
        publisher.lease, publisher.ots.name, generation=generation.number, levels=missing
    )
    outcomes: list[OfferOutcome] = []
    problems: list[str] = []
    try:
        for offer in offers:
            _place_one(publisher, offer, outcomes, problems)
    finally:
        if outcomes:
            publisher.settle(outcomes)
    return "; ".join(problems)


def _place_one(publisher: Publisher, offer: Offer, outcomes: list[OfferOutcome], problems: list[str]) -> None:
    if halt := halt_of(publisher.ledger.halts.active(), Scope.PUBLISHING, publisher.ots.name):
        # Never sent. Halted means that nothing more is placed, though this push began before.
        outcomes.append(OfferOutcome(offer.client_order_id, OfferState.REFUSED))
        problems.append(f"publishing is halted by {halt.who}: {halt.why}")
        return
    # A process that was stopped since it committed the offer may have a successor, which has given the offer up.
    publisher.renew()
    try:
        order_id = publisher.ots.place_offer(offer.client_order_id, offer.level)
    except OutcomeUnknown as error:
        # It stays intended: the next push looks for it, and places nothing before that.
        problems.append(str(error))
    except (Rejected, Unavailable) as error:
        outcomes.append(OfferOutcome(offer.client_order_id, OfferState.REFUSED))
        problems.append(str(error))
        if isinstance(error, AuthenticationFailed):
            raise
    else:
        outcomes.append(OfferOutcome(offer.client_order_id, OfferState.OPEN, order_id))


def _failed(publisher: Publisher, error: Exception) -> PushReport:
    name = publisher.ots.name
    log.warning("%s: offers not published: %s", name, error)
    publisher.ledger.offers.published(name, None, str(error))
    if isinstance(error, AuthenticationFailed):
        publisher.ledger.halts.halt(Scope.PUBLISHING, name, who="publisher", why=str(error))
    return PushReport(PushOutcome.FAILED, publisher.has_new_sales, str(error))
