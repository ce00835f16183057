"""Orders as Binance shows them."""

from collections.abc import Iterable

from venue.gateway.binance import amounts
from venue.gateway.binance.call import Json
from venue.gateway.binance.symbols import name_of
from venue.gateway.binance.trade_answers import fill_answer
from venue.history import Trade
from venue.markets import Market
from venue.matching.orders import Order, OrderType, Side, Status, TimeInForce

SIDES = {Side.BUY: "BUY", Side.SELL: "SELL"}
TYPES = {OrderType.LIMIT: "LIMIT", OrderType.LIMIT_MAKER: "LIMIT_MAKER", OrderType.MARKET: "MARKET"}
TIMES_IN_FORCE = {TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}

_STATUSES = {Status.PENDING: "NEW", Status.PARTIALLY_FILLED: "PARTIALLY_FILLED", Status.FILLED: "FILLED"}


def status_of(order: Order) -> str:
    """Return where an order stands; EXPIRED is one of which a part was never meant to rest."""
    if order.status is not Status.CANCELLED:
        return _STATUSES[order.status]
    return "CANCELED" if order.time_in_force is TimeInForce.GTC else "EXPIRED"


def shown_price(market: Market, order: Order) -> str:
    """Return an order's limit; a market order has none."""
    return amounts.ZERO if order.order_type is OrderType.MARKET else amounts.price(market, order.price)


def shown_time_in_force(order: Order) -> str:
    """Return what becomes of what does not trade at once; for a market order Binance says GTC."""
    return "GTC" if order.order_type is OrderType.MARKET else TIMES_IN_FORCE[order.time_in_force]


def order_answer(market: Market, order: Order) -> dict[str, Json]:
    """Return an order that was asked about."""
    return {
        **_named(market, order),
        **_state(market, order),
        "stopPrice": amounts.ZERO,
        "icebergQty": amounts.ZERO,
        "time": order.placed_at_ms,
        "updateTime": order.updated_at_ms,
        "isWorking": True,
        "workingTime": order.placed_at_ms,
        "origQuoteOrderQty": amounts.ZERO,
        "selfTradePreventionMode": "NONE",
    }


def acknowledgement(market: Market, order: Order) -> dict[str, Json]:
    """Return the shortest answer to a new order."""
    return {**_named(market, order), "transactTime": order.placed_at_ms}


def result(market: Market, order: Order) -> dict[str, Json]:
    """Return the answer to a new order without what it traded."""
    return {
        **acknowledgement(market, order),
        **_state(market, order),
        "origQuoteOrderQty": amounts.ZERO,
        "workingTime": order.placed_at_ms,
        "selfTradePreventionMode": "NONE",
    }


def full_result(market: Market, order: Order, fills: Iterable[Trade]) -> dict[str, Json]:
    """Return the answer to a new order with what it traded."""
    return {**result(market, order), "fills": [fill_answer(market, trade) for trade in fills]}


def cancelled_answer(market: Market, order: Order, client_order_id: str) -> dict[str, Json]:
    """Return the answer to a cancel, which has a client order id of its own."""
    return {
        **_named(market, order),
        "origClientOrderId": order.client_order_id,
        "clientOrderId": client_order_id,
        "transactTime": order.updated_at_ms,
        **_state(market, order),
        "origQuoteOrderQty": amounts.ZERO,
        "selfTradePreventionMode": "NONE",
    }


def _named(market: Market, order: Order) -> dict[str, Json]:
    return {
        "symbol": name_of(market),
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
    }


def _state(market: Market, order: Order) -> dict[str, Json]:
    return {
        "price": shown_price(market, order),
        "origQty": amounts.quantity(market, order.quantity),
        "executedQty": amounts.quantity(market, order.executed),
        "cummulativeQuoteQty": amounts.cost(market, order.cost),
        "status": status_of(order),
        "timeInForce": shown_time_in_force(order),
        "type": TYPES[order.order_type],
        "side": SIDES[order.side],
    }
