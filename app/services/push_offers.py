"""Make one exchange show the newest stack."""

import logging
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
from app.domain.ledger import Generation
from app.domain.supply import basis_of
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.services.close_offers import close_gone, record_fills_of
from app.services.place_offers import Decided, cancel_excess, place_missing
from app.services.plan_offers import plan_offers
from app.services.pricing import pricing
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
    DRY_RUN = "dry run"
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
    if rules.is_dry_run:
        return _dry_run(ledger, ots, clock, rules, generation)
    with ledger.leases.hold(f"offers:{ots.name}", LEASE_SECONDS) as lease:
        if lease is None:
            return PushReport(PushOutcome.BUSY)
        publisher = Publisher(ledger, ots, clock, rules, lease, LEASE_SECONDS)
        return _push_or_say_why(publisher, generation)


def _push_or_say_why(publisher: Publisher, generation: Generation) -> PushReport:
    try:
        return _push(publisher, generation)
    except LeaseLost as error:
        return PushReport(PushOutcome.BUSY, publisher.has_new_sales, str(error))
    except (Unavailable, Rejected, OutcomeUnknown) as error:
        return _failed(publisher, error)


def _push(publisher: Publisher, generation: Generation) -> PushReport:
    publisher.record_fills()
    priced = pricing(publisher.ledger, publisher.clock, publisher.rules)
    if priced.unit_nanocents is None:
        return _waits(publisher, priced.obstacle)
    offers, has_unseen = recover_offers(publisher)
    live = {offer.exchange_order_id: offer for offer in offers}
    open_orders = publisher.open_orders()
    if adopt_own(publisher, open_orders, live):
        live = {offer.exchange_order_id: offer for offer in publisher.live_offers()}
    shown = {order.exchange_order_id: order for order in open_orders if order.exchange_order_id in live}
    # What an order lost to a buyer must count as sold before it counts as missing, or it would be offered twice.
    record_fills_of(publisher, [(live[order_id], order) for order_id, order in shown.items()])
    gone = [offer for order_id, offer in live.items() if order_id is not None and order_id not in shown]
    ours = [(live[order_id], order) for order_id, order in shown.items()] + [*close_gone(publisher, gone)]
    decision = Decided(generation, priced.unit_nanocents)
    kept, wanted = cancel_excess(publisher, decision, ours)
    if has_unseen:
        return _waits(
            publisher,
            "an order that was sent is not to be seen yet; nothing is placed until it is, or cannot appear any more",
        )
    if priced.obstacle:
        return _waits(publisher, priced.obstacle)
    placed = place_missing(publisher, decision, kept, wanted)
    if placed.problems:
        message = "; ".join(placed.problems)
        publisher.ledger.offers.published(publisher.ots.name, None, message)
        return PushReport(PushOutcome.FAILED, publisher.has_new_sales, message)
    if placed.lacks_room:
        return _waits(
            publisher, "other exchanges still show what is due here; it is placed as soon as they do not any more"
        )
    publisher.ledger.offers.published(publisher.ots.name, generation.number, "")
    return PushReport(PushOutcome.PUBLISHED, publisher.has_new_sales)


def _dry_run(
    ledger: Ledger, ots: OrderTrackingSystem, clock: Clock, rules: PublishRules, generation: Generation
) -> PushReport:
    basis = basis_of(
        chain_issued_napu=generation.issued_napu,
        foreign_napu=generation.foreign_napu,
        sold_napu=ledger.fills.totals().sold_napu,
    )
    message = f"dry run: {plan_offers(ledger, ots, clock, rules, basis).summary}"
    ledger.offers.published(ots.name, None, message)
    return PushReport(PushOutcome.DRY_RUN, message=message)


def _waits(publisher: Publisher, message: str) -> PushReport:
    publisher.ledger.offers.published(publisher.ots.name, None, message)
    return PushReport(PushOutcome.WAITING, publisher.has_new_sales, message)


def _failed(publisher: Publisher, error: Exception) -> PushReport:
    name = publisher.ots.name
    log.warning("%s: offers not published: %s", name, error)
    publisher.ledger.offers.published(name, None, str(error))
    if isinstance(error, AuthenticationFailed):
        publisher.ledger.halts.halt(Scope.PUBLISHING, name, who="publisher", why=str(error))
    return PushReport(PushOutcome.FAILED, publisher.has_new_sales, str(error))
