"""Amounts as Binance writes them: text with at least eight digits after the point."""

from venue.amounts import UNIT_DIGITS, UNITS_PER_WHOLE
from venue.markets import Market

_FEWEST_DIGITS = 8
_FINER = UNIT_DIGITS - _FEWEST_DIGITS
_NOTHING_FINER = "0" * _FINER

ZERO = "0.00000000"


def text(units: int) -> str:
    """Return units of 10^-12, at least 0, as text with all their digits."""
    whole, fraction = divmod(units, UNITS_PER_WHOLE)
    digits = f"{fraction:0{UNIT_DIGITS}d}"
    if digits.endswith(_NOTHING_FINER):
        return f"{whole}.{digits[:_FEWEST_DIGITS]}"
    return f"{whole}.{digits.rstrip('0')}"


def price(market: Market, ticks: int) -> str:
    """Return a price."""
    return text(ticks * market.price_tick_units)


def quantity(market: Market, steps: int) -> str:
    """Return a quantity of the base asset."""
    return text(steps * market.quantity_step_units)


def cost(market: Market, ticks_times_steps: int) -> str:
    """Return an amount of the quote asset."""
    return text(ticks_times_steps * market.notional_units)
