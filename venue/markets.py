"""A market's rules, in integers."""

from dataclasses import dataclass

from venue.amounts import UNITS_PER_WHOLE, decimal_from, digits_of, units_from
from venue.errors import InvalidRequest, InvalidSetting


@dataclass(frozen=True, slots=True)
class Market:
    """What is traded for what, and on which grid.

    Attributes:
        price_tick_units: prices are multiples of it; units of the quote asset for one whole base.
        quantity_step_units: quantities are multiples of it; units of the base asset.
        minimum_steps: the smallest order, inclusive, in quantity steps.
        notional_units: what one step costs at one tick, in units of the quote asset.
        minimum_notional_units: the least that an order may cost, inclusive, in units of the quote asset.
    """

    symbol: str
    base: str
    quote: str
    price_tick_units: int
    quantity_step_units: int
    minimum_steps: int
    notional_units: int
    minimum_notional_units: int = 0

    def ticks(self, text: str) -> int:
        """Return a price given as decimal text in ticks.

        Raises:
            InvalidRequest: not a positive multiple of the tick.
        """
        return _on_grid(text, self.price_tick_units, "price")

    def steps(self, text: str) -> int:
        """Return a quantity given as decimal text in steps.

        Raises:
            InvalidRequest: not a positive multiple of the step.
        """
        return _on_grid(text, self.quantity_step_units, "amount")

    @property
    def price_digits(self) -> int:
        """Digits after the point that a price needs."""
        return digits_of(self.price_tick_units)

    @property
    def minimum_text(self) -> str:
        """The smallest order as decimal text."""
        return f"{decimal_from(self.minimum_steps * self.quantity_step_units):f}"

    def costs_enough(self, price: int, quantity: int) -> bool:
        """Tell whether an order of this price, in ticks, and quantity, in steps, reaches the least that one may cost."""
        return price * quantity * self.notional_units >= self.minimum_notional_units

    @property
    def quantity_digits(self) -> int:
        """Digits after the point that a quantity needs."""
        return digits_of(self.quantity_step_units)


def market_from(
    *, base: str, quote: str, price_tick: str, quantity_step: str, minimum_quantity: str, minimum_notional: str = "0"
) -> Market:
    """Build a market, named BASE_QUOTE, from decimal text.

    Raises:
        InvalidSetting: a tick or step is 0, or so fine that a trade would cost less than a unit of 10^-12.
    """
    symbol = f"{base}_{quote}"
    try:
        tick = units_from(price_tick, "price_tick")
        step = units_from(quantity_step, "quantity_step")
        minimum = units_from(minimum_quantity, "minimum_quantity")
        least = units_from(minimum_notional, "minimum_notional")
    except InvalidRequest as error:
        raise InvalidSetting(f"market {symbol}: {error}") from error
    if tick == 0 or step == 0:
        raise InvalidSetting(f"market {symbol}: price_tick and quantity_step must be above 0")
    if base == quote:
        raise InvalidSetting(f"market {symbol}: base and quote must be different assets")
    notional, rest = divmod(tick * step, UNITS_PER_WHOLE)
    if rest:
        raise InvalidSetting(f"market {symbol}: price_tick times quantity_step must be a multiple of 10^-12")
    return Market(symbol, base, quote, tick, step, max(1, -(-minimum // step)), notional, least)


def _on_grid(text: str, spacing: int, what: str) -> int:
    count, rest = divmod(units_from(text, what), spacing)
    if rest or count == 0:
        grid = decimal_from(spacing)
        raise InvalidRequest(f"{what} must be a positive multiple of {grid}, not {text}")
    return count
