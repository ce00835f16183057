"""How many calls an account may still make: what drivers ask before each call, and tell after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.domain.errors import InvalidInput


class Counted(StrEnum):
    """What a window counts."""

    WEIGHT = "weight"
    """What calls cost by the exchange's own table; 1 each where it has none."""

    ORDERS = "orders"
    """Orders placed."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most so much in any so many seconds.

    Attributes:
        reserved: the share of the limit that only urgent calls may use, 0 up to but not including 1.
    """

    limit: int
    seconds: float
    counted: Counted = Counted.WEIGHT
    reserved: float = 0.2

    def __post_init__(self) -> None:
        """Refuse what no call could keep.

        Raises:
            InvalidInput: a value is out of its bounds.
        """
        if self.limit < 1 or not self.seconds > 0 or not 0 <= self.reserved < 1:
            raise InvalidInput(
                f"{self} is no limit; expected a limit and seconds above 0, and a share reserved below 1"
            )

    @property
    def ordinary_limit(self) -> int:
        """What calls that are not urgent may use, at least 1."""
        return max(1, self.limit - int(self.limit * self.reserved))

    def limit_for(self, *, is_urgent: bool) -> int:
        """Return what a call may use."""
        return self.limit if is_urgent else self.ordinary_limit


class CallBudget(Protocol):
    """What one account may call, in all windows at once; safe for threads.

    It is a courtesy: whatever it says, the exchange's own answer is the last word, and it never stops trading because
    it cannot work itself. `exchanges.budgets.open_budget` opens one.
    """

    def follow(self, windows: Sequence[Window]) -> None:
        """Keep these windows from now on, as when the exchange's rules have been read."""
        ...

    def take(self, weight: int = 1, *, orders: int = 0, is_urgent: bool = False, route: str = "") -> None:
        """Count a call before it is made; wait, at most some seconds, where that is enough.

        Args:
            weight: what it costs.
            orders: how many orders it places.
            is_urgent: a cancel, or a look at an order while cancelling: it may use the reserve.
            route: calls that the exchange may stop apart from others; "" for none.

        Raises:
            BudgetSpent: it would be too much for longer; it says for how long. Do not make the call.
        """
        ...

    def told_used(self, weight: int, *, seconds: float = 60.0) -> None:
        """Hear from the exchange what the account, whoever uses it, has used within the last so many seconds."""
        ...

    def stop_for(self, seconds: float, *, route: str = "") -> None:
        """Stop all calls, or those of a route, urgent ones too, because the exchange asked for it."""
        ...
