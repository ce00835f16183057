"""Find the orders whose placing had an unknown outcome. Never place them again blindly."""

from collections.abc import Container, Sequence
from datetime import timedelta

from app.domain.fills import Side
from app.domain.ledger import Offer, OfferOutcome, OfferState
from app.domain.orders import Order, is_our_client_order_id
from app.services.publisher import Publisher

_LOST_LOOKBACK = timedelta(days=1)
"""A request that was given up can still reach the exchange, but not after its timestamp or token has expired."""


def recover_offers(publisher: Publisher) -> tuple[Sequence[Offer], bool]:
    """Look for offers that were sent and never seen; return the live offers, and whether one may still appear.

    Seen: it is open, under the exchange's id (and its early fills become sales). Not seen within the grace: it is given
    up as lost, and adopted all the same should it turn up later.
    """
    live = publisher.live_offers()
    lost = publisher.ledger.offers.lost_offers(publisher.ots.name, publisher.clock.now() - _LOST_LOOKBACK)
    unseen = [offer for offer in live if offer.state is OfferState.INTENDED]
    if not unseen and not lost:
        return live, False
    if unseen:
        unseen = _adopt(publisher, unseen)
    expired = [offer for offer in unseen if _is_past_grace(publisher, offer)]
    if expired:
        publisher.settle([OfferOutcome(offer.client_order_id, OfferState.LOST) for offer in expired])
    if lost:
        # Whatever the exchange shows open by now: one that came late may be sold out already.
        _adopt(publisher, lost)
    return publisher.live_offers(), len(unseen) > len(expired)


def adopt_own(publisher: Publisher, orders: Sequence[Order], live: Container[str | None]) -> Sequence[Order]:
    """Adopt those open orders whose client order id says that they are ours and that the ledger does not know.

    `live` has the exchange's ids of offers that are known already; the ledger is asked about the others only.
    """
    others = [order for order in orders if order.exchange_order_id not in live]
    ours = [order for order in others if is_our_client_order_id(order.client_order_id) and order.side is Side.SELL]
    known = publisher.ledger.offers.known_order_ids(publisher.ots.name, [order.exchange_order_id for order in ours])
    forgotten = [order for order in ours if order.exchange_order_id not in known]
    if forgotten and publisher.ledger.offers.adopt(publisher.lease, publisher.ots.name, forgotten):
        publisher.has_new_sales = True
    return forgotten


def _adopt(publisher: Publisher, offers: Sequence[Offer]) -> list[Offer]:
    """Give each offer the oldest order that could be its own and is nobody else's; return those without one."""
    taken: set[str] = set()
    found, unseen = [], []
    for offer in offers:
        publisher.renew()  # Looking for many takes longer than the lease lasts.
        orders = publisher.ots.find_orders(offer.client_order_id, offer.level, offer.intended_at)
        candidates = [order.exchange_order_id for order in orders if order.exchange_order_id not in taken]
        known = publisher.ledger.offers.known_order_ids(publisher.ots.name, candidates)
        order_id = next((candidate for candidate in candidates if candidate not in known), None)
        if order_id is None:
            unseen.append(offer)
        else:
            taken.add(order_id)
            found.append(OfferOutcome(offer.client_order_id, OfferState.OPEN, order_id))
    if found:
        publisher.settle(found)
    return unseen


def _is_past_grace(publisher: Publisher, offer: Offer) -> bool:
    age = publisher.clock.now() - offer.intended_at
    return age > timedelta(seconds=publisher.rules.placing_grace_seconds)
