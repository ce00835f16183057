"""The filters of a symbol: which orders it takes."""

from venue.amounts import UNITS_PER_WHOLE, units_from
from venue.errors import InvalidRequest
from venue.gateway.binance import amounts
from venue.gateway.binance.call import Json
from venue.gateway.binance.errors import filter_failure, illegal_characters
from venue.markets import Market

_LARGEST_QUANTITY_UNITS = 9_000_000_000 * UNITS_PER_WHOLE
_LARGEST_PRICE_UNITS = 1_000_000_000 * UNITS_PER_WHOLE
_LARGEST_NOTIONAL_UNITS = 9_000_000_000_000 * UNITS_PER_WHOLE
_LEGAL_AMOUNT = "^([0-9]{1,20})(\\.[0-9]{1,20})?$"


def filters_of(market: Market) -> list[Json]:
    """Return the filters as `exchangeInfo` lists them."""
    tick, step = amounts.price(market, 1), amounts.quantity(market, 1)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": tick,
            "maxPrice": amounts.text(_LARGEST_PRICE_UNITS),
            "tickSize": tick,
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": amounts.quantity(market, market.minimum_steps),
            "maxQty": amounts.text(_LARGEST_QUANTITY_UNITS),
            "stepSize": step,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": amounts.text(market.minimum_notional_units),
            "applyMinToMarket": False,
            "maxNotional": amounts.text(_LARGEST_NOTIONAL_UNITS),
            "applyMaxToMarket": False,
            "avgPriceMins": 0,
        },
    ]


def price_ticks(market: Market, text: str) -> int:
    """Return a price in ticks.

    Raises:
        CallRefused: it is no amount, or breaks PRICE_FILTER.
    """
    value = units(text, "price")
    ticks, rest = divmod(value, market.price_tick_units)
    if rest or ticks == 0 or value > _LARGEST_PRICE_UNITS:
        raise filter_failure("PRICE_FILTER")
    return ticks


def quantity_steps(market: Market, text: str) -> int:
    """Return a quantity in steps.

    Raises:
        CallRefused: it is no amount, or breaks LOT_SIZE.
    """
    value = units(text, "quantity")
    steps, rest = divmod(value, market.quantity_step_units)
    if rest or steps < market.minimum_steps or value > _LARGEST_QUANTITY_UNITS:
        raise filter_failure("LOT_SIZE")
    return steps


def check_notional(market: Market, price: int, quantity: int) -> None:
    """Check what an order of this price, in ticks, and quantity, in steps, costs.

    Raises:
        CallRefused: it breaks NOTIONAL.
    """
    too_much = price * quantity * market.notional_units > _LARGEST_NOTIONAL_UNITS
    if too_much or not market.costs_enough(price, quantity):
        raise filter_failure("NOTIONAL")


def units(text: str, name: str) -> int:
    """Return an amount in units of 10^-12.

    Raises:
        CallRefused: it is no amount, or finer than that.
    """
    try:
        return units_from(text, name)
    except InvalidRequest as error:
        raise illegal_characters(name, _LEGAL_AMOUNT) from error
