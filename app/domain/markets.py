"""An exchange's rules for prices and quantities."""

from dataclasses import dataclass

from app.domain.errors import InvalidInput
from app.domain.money import proceeds_nanocents
from app.domain.offers import Level


@dataclass(frozen=True, slots=True)
class Market:
    """One exchange's rules for one symbol.

    Attributes:
        symbol: the exchange's own name of the market.
        price_tick_nanocents: prices are multiples of it.
        quantity_step_napu: quantities are multiples of it.
        minimum_quantity_napu: the smallest order, inclusive.
        minimum_notional_nanocents: the smallest price times quantity, inclusive.
    """

    symbol: str
    price_tick_nanocents: int
    quantity_step_napu: int
    minimum_quantity_napu: int = 0
    minimum_notional_nanocents: int = 0

    def __post_init__(self) -> None:
        """Refuse rules no order could follow.

        Raises:
            InvalidInput: a tick or step is not positive, or a minimum is negative.
        """
        if self.price_tick_nanocents <= 0 or self.quantity_step_napu <= 0:
            raise InvalidInput(f"market {self.symbol}: price tick and quantity step must be above 0")
        if self.minimum_quantity_napu < 0 or self.minimum_notional_nanocents < 0:
            raise InvalidInput(f"market {self.symbol}: minimums must not be negative")

    def accepts(self, level: Level) -> bool:
        """Tell whether an order of this price and quantity reaches the market's minimums."""
        return (
            level.quantity_napu > 0
            and level.quantity_napu >= self.minimum_quantity_napu
            and proceeds_nanocents(level.quantity_napu, level.price_nanocents) >= self.minimum_notional_nanocents
        )

    def price_up(self, price_nanocents: int) -> int:
        """Return the lowest price on the market's grid that is not below this one."""
        tick = self.price_tick_nanocents
        return -(-price_nanocents // tick) * tick

    def quantity_down(self, quantity_napu: int) -> int:
        """Return the largest quantity on the market's grid that is not above this one."""
        return quantity_napu - quantity_napu % self.quantity_step_napu
