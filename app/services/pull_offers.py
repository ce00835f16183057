"""Take all our offers off an exchange, after publishing was halted there."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.errors import AuthenticationFailed, InvalidInput, LeaseLost, OutcomeUnknown, Rejected, Unavailable
from app.domain.halts import Scope, halt_of
from app.domain.ledger import Offer, OfferOutcome, OfferState
from app.domain.orders import Order
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.services.close_offers import cancel_offers, close_gone
from app.services.patient_lease import patient_lease
from app.services.publisher import LEASE_SECONDS, Publisher, PublishRules
from app.services.recover_offers import adopt_own, recover_offers

log = logging.getLogger(__name__)

_LEASE_PATIENCE_SECONDS = 2 * LEASE_SECONDS
"""A push under way sees the halt before it places anything more; one that was killed lets go when its lease expires."""

_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PullReport:
    """What became of an exchange's offers.

    Attributes:
        pulled: how many are known to be no longer open.
        unseen: how many of these were sent and never appeared in the time in which they could.
        still_open: how many may be open still.
        has_new_sales: sales were found on the way; issuing should be rung.
        problem: what went wrong, "" when nothing did.
    """

    exchange: str
    pulled: int = 0
    unseen: int = 0
    still_open: int = 0
    has_new_sales: bool = False
    problem: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing of ours can be bought there any more."""
        return not self.still_open and not self.problem


def exchanges_with_offers(ledger: Ledger, in_use: Iterable[str]) -> list[str]:
    """Return all exchanges in use, and those out of use on which the ledger still knows offers that may be open."""
    once = [publication.exchange for publication in ledger.offers.publications()]
    return sorted({*in_use, *(name for name in once if ledger.offers.live_offers(name))})


def pull_offers(
    ledger: Ledger, ots: OrderTrackingSystem, clock: Clock, rules: PublishRules, *, who: str, why: str
) -> PullReport:
    """Cancel every offer of ours on an exchange, wait until each is final, and record what they sold to the last.

    All are asked to be cancelled first; what is slow or fails is tried again until the time is over in which an order
    could still appear. Doing it again goes on where it ended.

    Raises:
        InvalidInput: publishing is not halted there, and the offers would be placed again; or it is in a dry run.
    """
    if rules.is_dry_run:
        raise InvalidInput(
            f"{ots.name} is in a dry run, so nothing is cancelled there; take dry_run out of the settings"
        )
    if halt_of(ledger.halts.active(), Scope.PUBLISHING, ots.name) is None:
        raise InvalidInput(
            f"publishing on {ots.name} is not halted; halt it first, or its offers would be placed again"
        )
    name = f"offers:{ots.name}"
    with patient_lease(
        ledger, clock, name, ttl_seconds=LEASE_SECONDS, patience_seconds=_LEASE_PATIENCE_SECONDS
    ) as lease:
        if lease is None:
            problem = "another process is publishing there and does not end; try again"
            return note_failure(ledger, ots.name, problem, who=who, why=why)
        live = ledger.offers.live_offers(ots.name)
        publisher = Publisher(ledger, ots, clock, rules, lease, LEASE_SECONDS)
        try:
            problem = _pull_patiently(publisher)
        except LeaseLost as error:
            problem = str(error)
        report = _report(publisher, live, problem)
        # It no longer shows what it did; when publishing is resumed this makes it be published to at once.
        ledger.offers.published(ots.name, None, f"offers were pulled by {who}: {why}")
        _append(ledger, report, who, why)
        return report


def note_failure(ledger: Ledger, exchange: str, problem: str, *, who: str, why: str) -> PullReport:
    """Note that nothing could be pulled at all, for whoever waits to hear of it."""
    report = PullReport(exchange, still_open=len(ledger.offers.live_offers(exchange)), problem=problem)
    _append(ledger, report, who, why)
    return report


def _append(ledger: Ledger, report: PullReport, who: str, why: str) -> None:
    detail = {"who": who, "why": why, "pulled": report.pulled, "still_open": report.still_open}
    ledger.events.append("OffersPulled", report.exchange, detail | {"problem": report.problem})


def _report(publisher: Publisher, before: Sequence[Offer], problem: str) -> PullReport:
    ledger, name = publisher.ledger, publisher.ots.name
    left = ledger.offers.live_offers(name)
    gone = {offer.client_order_id for offer in before} - {offer.client_order_id for offer in left}
    oldest = min((offer.intended_at for offer in before), default=publisher.clock.now())
    lost = {offer.client_order_id for offer in ledger.offers.lost_offers(name, oldest)}
    return PullReport(name, len(gone), len(gone & lost), len(left), publisher.has_new_sales, problem)


def _pull_patiently(publisher: Publisher) -> str:
    """Pull again and again until nothing is left; return what is wrong at the end."""
    patience = timedelta(seconds=publisher.rules.placing_grace_seconds + publisher.rules.cancel_limit_seconds)
    until = publisher.clock.now() + patience
    while True:
        try:
            problem = _pull(publisher)
        except AuthenticationFailed as error:
            return str(error)
        except (Unavailable, Rejected, OutcomeUnknown) as error:
            problem = str(error)
        if not problem or publisher.clock.now() > until:
            return problem
        log.warning("%s: offers are not pulled yet: %s", publisher.ots.name, problem)
        publisher.clock.wait(_LOOK_AGAIN_SECONDS)
        publisher.renew()


def _pull(publisher: Publisher) -> str:
    _ask_for_cancels(publisher)
    offers, has_unseen = recover_offers(publisher)
    open_orders = publisher.open_orders()
    if adopt_own(publisher, open_orders, {offer.exchange_order_id for offer in offers}):
        offers = publisher.live_offers()
    live = {offer.exchange_order_id: offer for offer in offers if offer.exchange_order_id is not None}
    shown = {order.exchange_order_id: order for order in open_orders if order.exchange_order_id in live}
    problems = [problem for order_id, order in shown.items() if (problem := _end(publisher, live[order_id], order))]
    close_gone(publisher, [offer for order_id, offer in live.items() if order_id not in shown])
    if problems:
        return "; ".join(problems)
    if has_unseen:
        return "an order that was sent is not to be seen yet"
    return "an order is open still" if publisher.live_offers() else ""


def _ask_for_cancels(publisher: Publisher) -> None:
    """Ask for every cancel before anything is waited for; what comes of each is found out afterwards."""
    known = [offer for offer in publisher.live_offers() if offer.exchange_order_id is not None]
    if not known:
        return
    publisher.settle([OfferOutcome(offer.client_order_id, OfferState.CLOSING) for offer in known])
    for offer in known:
        try:
            publisher.ots.cancel_order(str(offer.exchange_order_id))
        except (Unavailable, Rejected, OutcomeUnknown) as error:
            log.warning("%s: order %s: %s", publisher.ots.name, offer.exchange_order_id, error)


def _end(publisher: Publisher, offer: Offer, order: Order) -> str:
    """End one offer; one that cannot be ended keeps no other open."""
    try:
        cancel_offers(publisher, [(offer, order)])
    except AuthenticationFailed:
        raise
    except (Unavailable, Rejected, OutcomeUnknown) as error:
        return str(error)
    return ""
