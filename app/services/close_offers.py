"""End offers: cancelled or filled, final at the exchange, and every fill of them recorded."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from app.domain.errors import ExchangeUnavailable, OrderUnknown, OutcomeUnknown
from app.domain.ledger import Offer, OfferOutcome, OfferState
from app.domain.orders import Order, OrderState
from app.services.publisher import Publisher

log = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 0.1
_FORGOTTEN_AFTER = timedelta(hours=1)
"""A younger order that the exchange does not know may only be listed late. OKX forgets one that was cancelled unfilled
after two hours."""


def close_gone(publisher: Publisher, offers: Sequence[Offer]) -> Sequence[tuple[Offer, Order]]:
    """Close offers that are not among the exchange's open orders, with the last of their fills.

    An exchange may list an order late: those that are open after all are returned, and count like those it listed.

    Raises:
        OrderUnknown: the exchange does not know one, and it is not old enough to be forgotten.
    """
    orders, forgotten = [], []
    for offer in offers:
        publisher.renew()
        try:
            orders.append((offer, publisher.ots.order(str(offer.exchange_order_id))))
        except OrderUnknown:
            if publisher.clock.now() - offer.intended_at < _FORGOTTEN_AFTER:
                raise
            forgotten.append(offer)
    if forgotten:
        # What it sold was listed by now, and is recorded: fills are read before this.
        log.warning("%s has forgotten %d orders of ours that are not open any more", publisher.ots.name, len(forgotten))
        publisher.settle([OfferOutcome(offer.client_order_id, OfferState.CLOSED) for offer in forgotten])
    _close(publisher, [(offer, order) for offer, order in orders if order.state is not OrderState.OPEN])
    late = [(offer, order) for offer, order in orders if order.state is OrderState.OPEN]
    record_fills_of(publisher, late)
    return late


def cancel_offers(publisher: Publisher, offers: Sequence[tuple[Offer, Order]]) -> None:
    """Cancel orders, wait until each is final, and record what they sold on the way.

    Raises:
        ExchangeUnavailable: one of them is not final, or its fills are not listed, in time; nothing may be placed.
    """
    publisher.renew()
    publisher.settle([OfferOutcome(offer.client_order_id, OfferState.CLOSING) for offer, _ in offers])
    for _, order in offers:
        try:
            publisher.ots.cancel_order(order.exchange_order_id)
        except OutcomeUnknown:
            continue  # Whatever came of it, the order itself is asked next.
    _close(publisher, [(offer, _final(publisher, order.exchange_order_id)) for offer, order in offers])


def _final(publisher: Publisher, exchange_order_id: str) -> Order:
    waited = 0.0
    while True:
        order = publisher.ots.order(exchange_order_id)
        if order.state is not OrderState.OPEN:
            return order
        if waited >= publisher.rules.cancel_limit_seconds:
            raise ExchangeUnavailable(
                f"order {exchange_order_id} is still open {waited:.0f} s after its cancel was asked for"
            )
        publisher.clock.wait(_LOOK_AGAIN_SECONDS)
        waited += _LOOK_AGAIN_SECONDS
        publisher.renew()


def _close(publisher: Publisher, offers: Sequence[tuple[Offer, Order]]) -> None:
    if not offers:
        return
    record_fills_of(publisher, offers)
    publisher.settle([OfferOutcome(offer.client_order_id, OfferState.CLOSED) for offer, _ in offers])


def record_fills_of(publisher: Publisher, offers: Sequence[tuple[Offer, Order]]) -> None:
    """Read fills until those of the offers add up to what the exchange says their orders executed.

    Raises:
        ExchangeUnavailable: they do not in time; what was sold is not known, so nothing may be placed.
    """
    recorded = {offer.client_order_id: offer.filled_napu for offer, _ in offers}
    waited = 0.0
    while behind := [order for offer, order in offers if recorded.get(offer.client_order_id, 0) < order.filled_napu]:
        if waited >= publisher.rules.cancel_limit_seconds:
            raise ExchangeUnavailable(
                f"order {behind[0].exchange_order_id} executed {behind[0].filled_napu} napu, but its fills are not all listed"
            )
        if waited:
            publisher.clock.wait(_LOOK_AGAIN_SECONDS)
        waited += _LOOK_AGAIN_SECONDS
        publisher.renew()
        publisher.record_fills()
        recorded = {offer.client_order_id: offer.filled_napu for offer in publisher.live_offers()}
