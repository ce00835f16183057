"""What an account holds at an exchange, and what its key may do there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Balance:
    """How much of the token the account holds, in napu.

    Attributes:
        available_napu: what new offers could sell.
        on_orders_napu: what open sells hold already.
    """

    available_napu: int
    on_orders_napu: int

    @property
    def total_napu(self) -> int:
        """What can be on offer altogether."""
        return self.available_napu + self.on_orders_napu


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the API key may do, as far as the exchange tells."""

    can_trade: bool
    can_withdraw: bool
