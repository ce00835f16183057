"""Turn an exchange's open orders into what is wanted: cancel first, and when that is final, place what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.errors import AuthenticationFailed, OutcomeUnknown, Rejected, Unavailable
from app.domain.halts import Scope, halt_of
from app.domain.ledger import Generation, Offer, OfferOutcome, OfferState
from app.domain.offers import Stack, desired_stack
from app.domain.orders import Order, levels_to_place, orders_to_cancel
from app.domain.showing import OnOffer, ShownLevel, shown_stack, within_room
from app.domain.supply import basis_of
from app.services.close_offers import cancel_offers
from app.services.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided, and what a unit of the market's currency counts for."""

    generation: Generation
    unit_nanocents: int

    def stack(self, sold_napu: int, depth: int) -> Stack:
        """Return what there is to sell when that much is sold, in dollars."""
        issued, foreign = self.generation.issued_napu, self.generation.foreign_napu
        return desired_stack(basis_of(chain_issued_napu=issued, foreign_napu=foreign, sold_napu=sold_napu), depth)


@dataclass(frozen=True, slots=True)
class Placed:
    """How placing ended; `lacks_room` says that other exchanges still show some of it."""

    problems: tuple[str, ...] = ()
    lacks_room: bool = False


def cancel_excess(
    publisher: Publisher, decision: Decided, shown: Sequence[tuple[Offer, Order]]
) -> tuple[tuple[Order, ...], tuple[ShownLevel, ...]]:
    """Cancel what is not wanted; return the orders that stay and the stack that is wanted by then."""
    # A cancel that was asked for before may still come true, so such an order cannot be counted on.
    cancel = [(offer, order) for offer, order in shown if offer.state is OfferState.CLOSING]
    kept = [(offer, order) for offer, order in shown if offer.state is not OfferState.CLOSING]
    while True:
        wanted = _wanted(publisher, decision)
        levels = tuple(each.level for each in wanted)
        excess = orders_to_cancel(tuple(order for _, order in kept), levels, publisher.ots.market)
        cancel += [(offer, order) for offer, order in kept if order in excess]
        if not cancel:
            return tuple(order for _, order in kept), wanted
        kept = [(offer, order) for offer, order in kept if order not in excess]
        cancel_offers(publisher, cancel)
        # More was sold during the cancel, so less may be wanted of what was kept.
        cancel = []


def _wanted(publisher: Publisher, decision: Decided) -> tuple[ShownLevel, ...]:
    """What the exchange should show as of now: sales recorded since the decision have used some of it up."""
    stack = decision.stack(publisher.ledger.fills.totals().sold_napu, publisher.rules.depth)
    return shown_stack(stack, publisher.ots.market, publisher.rules.showing, unit_nanocents=decision.unit_nanocents)


def place_missing(
    publisher: Publisher, decision: Decided, kept: tuple[Order, ...], wanted: tuple[ShownLevel, ...]
) -> Placed:
    """Place what is missing, each offer committed before it is sent."""
    market, target_of = publisher.ots.market, {each.level.price_nanocents: each.target_nanocents for each in wanted}
    levels = levels_to_place(kept, tuple(each.level for each in wanted), market)
    missing = tuple(ShownLevel(level, target_of[level.price_nanocents]) for level in levels)
    if not missing:
        return Placed()
    publisher.renew()

    def fit(on_offer: OnOffer) -> Sequence[ShownLevel]:
        stack = decision.stack(on_offer.sold_napu, publisher.rules.everywhere_depth)
        return within_room(missing, stack, on_offer.live, market)

    offers = publisher.ledger.offers.intend(
        publisher.lease,
        publisher.ots.name,
        generation=decision.generation.number,
        levels=missing,
        fit=fit if publisher.rules.showing.is_split else None,
    )
    outcomes: list[OfferOutcome] = []
    problems: list[str] = []
    try:
        for offer in offers:
            _place_one(publisher, offer, outcomes, problems)
    finally:
        if outcomes:
            publisher.settle(outcomes)
    return Placed(tuple(problems), lacks_room=_quantity(offers) < sum(each.level.quantity_napu for each in missing))


def _quantity(offers: Sequence[Offer]) -> int:
    return sum(offer.level.quantity_napu for offer in offers)


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
