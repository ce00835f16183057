"""A new order as Binance's clients send it, made into the venue's command."""

import re
import secrets

from venue.commands import PlaceOrder
from venue.exchange import Listing
from venue.gateway.binance.access import SIGNING_PARAMETERS
from venue.gateway.binance.errors import CallRefused, bad_combination, filter_failure, illegal_characters, invalid_data
from venue.gateway.binance.filters import check_notional, price_ticks, quantity_steps, units
from venue.gateway.binance.market_orders import price_for, quantity_for
from venue.gateway.binance.order_answers import SIDES, TIMES_IN_FORCE, TYPES
from venue.gateway.binance.parameters import Parameters, check_all_read, choice, required
from venue.matching.orders import OrderType, Side, TimeInForce

_SIDES = {name: side for side, name in SIDES.items()}
_TYPES = {name: order_type for order_type, name in TYPES.items()}
_TIMES_IN_FORCE = {name: time_in_force for time_in_force, name in TIMES_IN_FORCE.items()}

_LEGAL_CLIENT_ORDER_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
_CLIENT_ORDER_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}", re.ASCII)

_COMMON = SIGNING_PARAMETERS | {
    "symbol",
    "side",
    "type",
    "quantity",
    "newClientOrderId",
    "newOrderRespType",
    "selfTradePreventionMode",
    "strategyId",
    "strategyType",
}
_OWN = {
    OrderType.LIMIT: _COMMON | {"price", "timeInForce"},
    OrderType.LIMIT_MAKER: _COMMON | {"price"},
    OrderType.MARKET: _COMMON | {"quoteOrderQty"},
}


def command_from(at_ms: int, account: str, listing: Listing, parameters: Parameters) -> PlaceOrder:
    """Return the command.

    Raises:
        CallRefused: a parameter is missing, wrong or not for this type of order, or a filter is broken.
    """
    side = choice(parameters, "side", _SIDES, CallRefused(-1117, "Invalid side."))
    order_type = choice(parameters, "type", _TYPES, CallRefused(-1116, "Invalid orderType."))
    check_all_read(parameters, _OWN[order_type])
    if parameters.get("selfTradePreventionMode", "NONE") != "NONE":
        raise invalid_data("selfTradePreventionMode")
    name = client_order_id(parameters, "newClientOrderId")
    if order_type is OrderType.MARKET:
        price, quantity = _market_order(listing, side, parameters)
        time_in_force = TimeInForce.IOC
    else:
        time_in_force = _time_in_force(order_type, parameters)
        price = price_ticks(listing.market, required(parameters, "price"))
        quantity = quantity_steps(listing.market, required(parameters, "quantity"))
        check_notional(listing.market, price, quantity)
    return PlaceOrder(at_ms, account, listing.market.symbol, side, price, quantity, time_in_force, name, order_type)


def client_order_id(parameters: Parameters, name: str) -> str:
    """Return a client order id that was sent, or a new one.

    Raises:
        CallRefused: it has other characters or more of them than Binance takes.
    """
    value = parameters.get(name)
    if value is None:
        return secrets.token_urlsafe(16)
    if not _CLIENT_ORDER_ID.fullmatch(value):
        raise illegal_characters(name, _LEGAL_CLIENT_ORDER_ID)
    return value


def _time_in_force(order_type: OrderType, parameters: Parameters) -> TimeInForce:
    if order_type is OrderType.LIMIT_MAKER:
        return TimeInForce.GTC
    return choice(parameters, "timeInForce", _TIMES_IN_FORCE, CallRefused(-1115, "Invalid timeInForce."))


def _market_order(listing: Listing, side: Side, parameters: Parameters) -> tuple[int, int]:
    market, book = listing.market, listing.book
    quote = parameters.get("quoteOrderQty")
    if quote is None:
        quantity = quantity_steps(market, required(parameters, "quantity"))
    elif "quantity" in parameters:
        raise bad_combination()
    else:
        quantity = quantity_for(market, book, side, units(quote, "quoteOrderQty"))
        if quantity < market.minimum_steps:
            raise filter_failure("LOT_SIZE")
    return price_for(book, side, quantity), quantity
