"""A fingerprint of a venue's state: two exchanges with the same one answer every question alike."""

import hashlib
import json

from venue.exchange import Exchange, Listing
from venue.matching.orders import Order


def digest(exchange: Exchange) -> str:
    """Return the SHA-256, in hex, over counters, balances, books in priority order, closed orders and trades."""
    state = {
        "last_order_id": exchange.last_order_id,
        "last_fill_id": exchange.fill_numbers.last,
        "last_at_ms": exchange.last_at_ms,
        "fees": [exchange.fees.maker_millionths, exchange.fees.taker_millionths],
        "balances": [
            [account, asset, balance.available, balance.frozen]
            for account, asset, balance in exchange.ledger.balances()
            if balance.available or balance.frozen
        ],
        "markets": {symbol: _market(listing) for symbol, listing in exchange.listings.items()},
    }
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def _market(listing: Listing) -> dict[str, object]:
    return {
        "sequence": listing.book.sequence,
        "book": [_order(order) for order in listing.book.in_priority()],
        "accounts": {
            account: {
                "closed": [[_order(order) for order in orders] for orders in (history.filled, history.cancelled)],
                "trades": [
                    [trade.trade_id, trade.order.order_id, trade.price, trade.quantity, trade.fee_units, trade.at_ms]
                    for trade in history.trades
                ],
            }
            for account, history in listing.histories.items()
        },
    }


def _order(order: Order) -> list[object]:
    return [
        order.order_id,
        order.account,
        order.side,
        order.price,
        order.quantity,
        order.remaining,
        order.fee_units,
        order.placed_at_ms,
        order.client_order_id,
        order.order_type,
        order.cost,
        order.updated_at_ms,
    ]
