"""What an account is told about its orders and balances."""

from dataclasses import dataclass

from venue.clearing.ledger import Balance
from venue.gateway.binance import amounts
from venue.gateway.binance.call import Json
from venue.gateway.binance.order_answers import SIDES, TYPES, shown_price, shown_time_in_force
from venue.gateway.binance.symbols import name_of
from venue.gateway.binance.trade_answers import fee_asset
from venue.history import Trade
from venue.markets import Market
from venue.matching.orders import Order


@dataclass(frozen=True, slots=True)
class Execution:
    """One step of an order's life, and where it stood right after it.

    Attributes:
        kind: NEW, TRADE, CANCELED or EXPIRED.
        status: the order's, by Binance's names.
        executed: in quantity steps; likewise `cost`, in ticks times steps.
        trade: what it traded in this step, None for the other steps.
    """

    kind: str
    status: str
    executed: int
    cost: int
    trade: Trade | None = None


def execution_report(market: Market, order: Order, execution: Execution, at_ms: int) -> dict[str, Json]:
    """Return the event of one step of an order."""
    trade = execution.trade
    last_price, last_quantity = (trade.price, trade.quantity) if trade else (0, 0)
    is_cancel = execution.kind == "CANCELED"
    return {
        "e": "executionReport",
        "E": at_ms,
        "s": name_of(market),
        "c": order.client_order_id,
        "S": SIDES[order.side],
        "o": TYPES[order.order_type],
        "f": shown_time_in_force(order),
        "q": amounts.quantity(market, order.quantity),
        "p": shown_price(market, order),
        "P": amounts.ZERO,
        "F": amounts.ZERO,
        "g": -1,
        "C": order.client_order_id if is_cancel else "",
        "x": execution.kind,
        "X": execution.status,
        "r": "NONE",
        "i": order.order_id,
        "l": amounts.quantity(market, last_quantity),
        "z": amounts.quantity(market, execution.executed),
        "L": amounts.price(market, last_price),
        "n": amounts.text(trade.fee_units) if trade else "0",
        "N": fee_asset(market, trade) if trade else None,
        "T": at_ms,
        "t": trade.trade_id if trade else -1,
        "I": order.order_id,
        "w": execution.status in {"NEW", "PARTIALLY_FILLED"},
        "m": trade is not None and not trade.is_taker,
        "M": trade is not None,
        "O": order.placed_at_ms,
        "Z": amounts.cost(market, execution.cost),
        "Y": amounts.cost(market, last_price * last_quantity),
        "Q": amounts.ZERO,
        "W": order.placed_at_ms,
        "V": "NONE",
    }


def account_position(balances: dict[str, Balance], at_ms: int) -> dict[str, Json]:
    """Return the event of balances, by asset, that may have changed."""
    return {
        "e": "outboundAccountPosition",
        "E": at_ms,
        "u": at_ms,
        "B": [
            {"a": asset, "f": amounts.text(balance.available), "l": amounts.text(balance.frozen)}
            for asset, balance in balances.items()
        ],
    }
