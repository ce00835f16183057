"""Compare the ledger's fills and offers with one exchange's own history and open orders."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.domain.differences import Difference, Subject
from app.domain.errors import ExchangeUnavailable
from app.domain.fills import Fill, FillKind, FillPage, Side
from app.domain.ledger import OfferState
from app.domain.money import format_dollars
from app.domain.orders import Order, is_our_client_order_id
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.services.patient_lease import patient_lease
from app.services.publisher import LEASE_SECONDS
from app.services.record_fills import CLOCK_SKEW, record_fills

_EDGE = timedelta(seconds=10)
"""Exchanges begin a listing up to some seconds early or late; what was executed right there is not compared."""

_PATIENCE_SECONDS = 10.0


def reconcile_exchange(
    ledger: Ledger, ots: OrderTrackingSystem, clock: Clock, *, since: datetime | None
) -> Sequence[Difference]:
    """Return where the ledger and the exchange differ: in a fill, or in an offer that is or is not open.

    Raises:
        Unavailable: the exchange does not answer, or is being published to all the time.
    """
    first = ledger.offers.first_intended_at(ots.name)
    if first is None:
        return []
    start = first - CLOCK_SKEW if since is None else max(since, first - CLOCK_SKEW)
    return [*_fills(ledger, ots, start), *_offers(ledger, ots, clock)]


def _fills(ledger: Ledger, ots: OrderTrackingSystem, start: datetime) -> Iterator[Difference]:
    history = {fill.fill_id: fill for page in ots.read_fills(None, start) for fill in page.fills}
    # Read by the usual way after it, so that whatever the history holds should be in the ledger.
    record_fills(ledger, ots)
    for fill, kind in ledger.fills.executed_since(ots.name, start):
        theirs = history.pop(fill.fill_id, None)
        if theirs is not None:
            yield from _altered(ots.name, fill, theirs)
        elif fill.executed_at >= start + _EDGE:
            ours = _words(fill, kind)
            yield Difference(Subject.FILL, ots.name, fill.fill_id, ours, "", is_money=fill.side is Side.SELL)
    for fill in history.values():
        if fill.executed_at >= start + _EDGE:
            other = _words(fill)
            yield Difference(Subject.FILL, ots.name, fill.fill_id, "", other, is_money=fill.side is Side.SELL)


def record_missing(ledger: Ledger, ots: OrderTrackingSystem, *, since: datetime | None) -> int:
    """Record every fill of the exchange's history that the ledger lacks; return how many; the reading position stays.

    Raises:
        Unavailable: the exchange does not answer; what was recorded stays.
    """
    record_fills(ledger, ots)
    first, position = ledger.offers.first_intended_at(ots.name), ledger.fills.position(ots.name)
    if first is None or position is None:
        return 0
    start = first - CLOCK_SKEW if since is None else max(since, first - CLOCK_SKEW)
    pages = (FillPage(page.fills, position) for page in ots.read_fills(None, start))
    return sum(ledger.fills.record(ots.name, page).new for page in pages)


def _altered(exchange: str, ours: Fill, theirs: Fill) -> Iterator[Difference]:
    said, says = _words(ours), _words(theirs)
    if said != says or ours.exchange_order_id != theirs.exchange_order_id:
        said, says = f"{said} of order {ours.exchange_order_id}", f"{says} of order {theirs.exchange_order_id}"
        yield Difference(Subject.FILL, exchange, ours.fill_id, said, says, is_money=True)


def _words(fill: Fill, kind: FillKind | None = None) -> str:
    what = f"{fill.side} of {fill.quantity_napu} napu at ${format_dollars(fill.price_nanocents)}"
    return f"{what}, {kind}" if kind else what


def _offers(ledger: Ledger, ots: OrderTrackingSystem, clock: Clock) -> Iterator[Difference]:
    # While somebody publishes here both sides move.
    lease_name = f"offers:{ots.name}"
    with patient_lease(
        ledger, clock, lease_name, ttl_seconds=LEASE_SECONDS, patience_seconds=_PATIENCE_SECONDS
    ) as lease:
        if lease is None:
            raise ExchangeUnavailable(f"{ots.name} was published to all the time; its offers were not compared")
        orders = {order.exchange_order_id: order for order in ots.open_orders() if order.side is Side.SELL}
        live = ledger.offers.live_offers(ots.name)
        known = ledger.offers.known_order_ids(ots.name, list(orders))
    for offer in live:
        order = orders.pop(str(offer.exchange_order_id), None)
        ours = _offer_words(offer.level.quantity_napu, offer.level.price_nanocents)
        if order is None:
            if offer.state is not OfferState.INTENDED:
                yield Difference(Subject.OFFER, ots.name, str(offer.exchange_order_id), ours, "", is_money=False)
        elif ours != _order_words(order):
            which = order.exchange_order_id
            yield Difference(Subject.OFFER, ots.name, which, ours, _order_words(order), is_money=False)
    for order_id in known & orders.keys():
        theirs = _order_words(orders[order_id])
        yield Difference(Subject.OFFER, ots.name, order_id, "final", f"{theirs}, open", is_money=False)
    for order_id in orders.keys() - known:
        if is_our_client_order_id(orders[order_id].client_order_id):
            yield Difference(Subject.OFFER, ots.name, order_id, "", _order_words(orders[order_id]), is_money=False)


def _order_words(order: Order) -> str:
    return _offer_words(order.quantity_napu, order.price_nanocents)


def _offer_words(quantity_napu: int, price_nanocents: int) -> str:
    return f"{quantity_napu} napu at ${format_dollars(price_nanocents)}"
