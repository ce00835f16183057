"""What Bitmart's v2 API answers with.

Like the real one it writes some amounts as text (orders, wallet, depth) and some as JSON numbers (trades), with all
their digits either way.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from starlette.responses import Response

from venue.amounts import decimal_from
from venue.clearing.ledger import Balance
from venue.history import Trade
from venue.markets import Market
from venue.matching.ladder import Ladder
from venue.matching.orders import Order, Status

Json = str | int | bool | Decimal | None | Sequence["Json"] | Mapping[str, "Json"]

STATUS_CODES = {Status.PENDING: 1, Status.PARTIALLY_FILLED: 2, Status.FILLED: 3, Status.CANCELLED: 4}

_DEPTH_LEVELS = 50
_Entry = TypeVar("_Entry")


def answer(value: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an HTTP answer."""
    return Response(json_text(value), status, headers, "application/json")


def json_text(value: Json) -> str:
    """Return JSON in which a Decimal is a number with all its digits: the json module would need a float for that."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{json_text(entry)}" for name, entry in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(json_text, value)) + "]"
    return json.dumps(value)


def price(market: Market, ticks: int) -> Decimal:
    """Return a price with the market's number of digits."""
    return decimal_from(ticks * market.price_tick_units, market.price_digits)


def amount(market: Market, steps: int) -> Decimal:
    """Return a quantity with the market's number of digits."""
    return decimal_from(steps * market.quantity_step_units, market.quantity_digits)


def order_answer(market: Market, order: Order) -> dict[str, Json]:
    """Return one order."""
    return {
        "entrust_id": order.order_id,
        "symbol": order.symbol,
        "timestamp": order.placed_at_ms,
        "side": order.side.value,
        "price": f"{price(market, order.price):f}",
        "fees": f"{decimal_from(order.fee_units):f}",
        "original_amount": f"{amount(market, order.quantity):f}",
        "executed_amount": f"{amount(market, order.executed):f}",
        "remaining_amount": f"{amount(market, order.remaining):f}",
        "status": STATUS_CODES[order.status],
    }


def trade_answer(market: Market, trade: Trade) -> dict[str, Json]:
    """Return one trade; like the real one it does not say which side it was."""
    return {
        "symbol": market.symbol,
        "amount": amount(market, trade.quantity),
        "fees": decimal_from(trade.fee_units),
        "trade_id": trade.trade_id,
        "price": price(market, trade.price),
        "active": trade.is_taker,
        "entrust_id": trade.order.order_id,
        "timestamp": trade.at_ms,
    }


def wallet_answer(asset: str, balance: Balance) -> dict[str, Json]:
    """Return one asset of a wallet."""
    return {
        "id": asset,
        "name": asset,
        "available": f"{decimal_from(balance.available, 2):f}",
        "frozen": f"{decimal_from(balance.frozen, 2):f}",
    }


def depth_answer(market: Market, ladder: Ladder) -> list[Json]:
    """Return the best levels of one side; `total` counts all amounts down to that level."""
    levels: list[Json] = []
    total = 0
    for level, _ in zip(ladder.best_first(), range(_DEPTH_LEVELS), strict=False):
        total += level.quantity
        levels.append(
            {
                "price": f"{price(market, level.price):f}",
                "amount": f"{amount(market, level.quantity):f}",
                "total": f"{amount(market, total):f}",
                "count": str(level.count),
            }
        )
    return levels


def newest_page(entries: Sequence[_Entry], offset: int, limit: int) -> tuple[Iterable[_Entry], int]:
    """Return the entries of a page, newest first, and how many pages there are; `entries` come oldest first."""
    end = len(entries) - offset * limit
    page = entries[max(0, end - limit) : max(0, end)]
    return reversed(page), -(-len(entries) // limit)
