"""Find again, on one exchange, the orders of ours that an old copy of the ledger has forgotten."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from app.domain.fills import Side
from app.domain.ledger import Recovery
from app.domain.orders import Order, OrderState, is_our_client_order_id
from app.domain.price_curve import BLOCK_NAPU, block_price
from app.ports.chain import Chain
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.services.close_offers import record_fills_of
from app.services.publisher import LEASE_SECONDS, Publisher, PublishRules
from app.services.record_fills import CLOCK_SKEW, record_fills
from app.services.recover_offers import recover_offers

log = logging.getLogger(__name__)

_MARGIN_NAPU = 10 * BLOCK_NAPU


def recover_exchange(
    ledger: Ledger,
    chain: Chain,
    ots: OrderTrackingSystem,
    clock: Clock,
    rules: PublishRules,
    *,
    exchanges: Collection[str],
) -> bool:
    """Adopt forgotten orders of ours, open or executed, so that their fills become sales; return whether that is done.

    An order is ours when its client order id says so. Where the exchange keeps none, it is ours when it is a sell at
    a price of the curve as it was since the copy was made, placed since then: nobody else trades on the account at
    such prices. How far the curve was climbed is known when the fills of all exchanges have been read. Does nothing
    when no recovery is under way or this exchange is done.

    Raises:
        Unavailable: the exchange or the chain does not answer; try again.
    """
    recovery = ledger.recovery.active()
    done = ledger.recovery.exchanges_done(recovery) if recovery else frozenset()
    if recovery is None or ots.name in done:
        return False
    if _read_mark(ots.name) not in done:
        record_fills(ledger, ots)
        ledger.recovery.exchange_done(recovery, _read_mark(ots.name))
        return False
    grace = timedelta(seconds=rules.placing_grace_seconds)
    if clock.now() < recovery.begun_at + grace or not done.issuperset(map(_read_mark, exchanges)):
        return False  # An order that was sent just before may still appear.
    with ledger.leases.hold(f"offers:{ots.name}", LEASE_SECONDS) as lease:
        if lease is None:
            return False
        publisher = Publisher(ledger, ots, clock, rules, lease, LEASE_SECONDS)
        publisher.record_fills()
        # Orders whose outcome the copy did not know are found as ever: there each keeps its own id.
        if recover_offers(publisher)[1]:
            return False
        adopted = _adopt(publisher, recovery, _prices(publisher, chain, recovery.since, exchanges))
        # What is executed already must be known before anything else is judged by it.
        live = {offer.exchange_order_id: offer for offer in publisher.live_offers()}
        still_open = [(live[order.exchange_order_id], order) for order in adopted if order.exchange_order_id in live]
        record_fills_of(publisher, still_open)
        ledger.recovery.exchange_done(recovery, ots.name)
    log.warning("%s has been read again; %d forgotten orders were found", ots.name, len(adopted))
    return True


def _read_mark(exchange: str) -> str:
    """Return under which name it is noted that an exchange's fills have been read; no exchange can be called so."""
    return f"{exchange}, fills"


def _adopt(publisher: Publisher, recovery: Recovery, prices: Collection[int]) -> Sequence[Order]:
    ots, ledger = publisher.ots, publisher.ledger
    open_orders = {order.exchange_order_id: order for order in ots.open_orders()}
    executed = [each for each in ledger.fills.unclaimed_orders(ots.name) if each not in open_orders]
    orders = [*open_orders.values(), *(ots.order(order_id) for order_id in executed)]
    known = ledger.offers.known_order_ids(ots.name, [order.exchange_order_id for order in orders])
    ours = [
        order
        for order in orders
        if order.exchange_order_id not in known and _is_ours(order, recovery.since - CLOCK_SKEW, prices)
    ]
    if ours and ledger.offers.adopt(publisher.lease, ots.name, ours):
        publisher.has_new_sales = True
    return [order for order in ours if order.state is OrderState.OPEN]


def _is_ours(order: Order, since: datetime, prices: Collection[int]) -> bool:
    if order.side is not Side.SELL:
        return False
    if order.client_order_id is not None:
        return is_our_client_order_id(order.client_order_id)
    return order.placed_at >= since and order.price_nanocents in prices


def _prices(publisher: Publisher, chain: Chain, since: datetime, exchanges: Collection[str]) -> frozenset[int]:
    """Return the prices at which we may have offered since the copy was made."""
    ledger, ots, depth = publisher.ledger, publisher.ots, publisher.rules.depth
    # Not the newest: before it was found out that the ledger is old, the present price may have been decided on already.
    start = ledger.offers.generation_at(since)
    first = start.issued_napu + start.pending_napu if start else 0
    issued = max(first, chain.supply().issued_napu)
    # No sale has gone further than all that may be ours and wait to be issued; others go on selling meanwhile.
    waiting = ledger.fills.totals().waiting_napu + sum(ledger.fills.unclaimed_napu(name) for name in exchanges)
    last = issued + max(0, waiting) + _MARGIN_NAPU
    blocks = range(first // BLOCK_NAPU, last // BLOCK_NAPU + depth + 1)
    return frozenset(ots.market.price_up(block_price(block)) for block in blocks)
