"""Orders as the matching core holds them: integers only."""

from dataclasses import dataclass, field
from enum import StrEnum


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"


class TimeInForce(StrEnum):
    """What becomes of the part of an order that does not trade at once."""

    GTC = "gtc"
    """It rests in the book until it is filled or cancelled."""

    IOC = "ioc"
    """It is cancelled."""

    FOK = "fok"
    """Nothing trades at all, and the whole order is cancelled."""


class OrderType(StrEnum):
    """What an order asks for."""

    LIMIT = "limit"
    """To trade at its price or better."""

    LIMIT_MAKER = "limit maker"
    """To rest; it is refused when it would trade at once."""

    MARKET = "market"
    """To trade at whatever price; its price is the worst that it takes, chosen when it was placed."""


class Status(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    PARTIALLY_FILLED = "partially filled"
    FILLED = "filled"
    CANCELLED = "cancelled"


@dataclass(slots=True, eq=False)
class Order:
    """One order, open or closed.

    Attributes:
        price: the limit, in the market's price ticks.
        quantity: in the market's quantity steps, as placed.
        remaining: what has not traded; it stays above 0 when the order is cancelled.
        client_order_id: the trader's own name for it, empty when there is none.
        updated_at_ms: when it was placed, last traded or was cancelled.
        cost: what it traded so far, in price ticks times quantity steps.
        fee_units: fees so far, in units of the asset that the order receives.
        ahead: the order before this one at its price, None for the first; likewise `behind`. Both belong to the book.
    """

    order_id: int
    account: str
    symbol: str
    side: Side
    price: int
    quantity: int
    time_in_force: TimeInForce
    placed_at_ms: int
    remaining: int
    client_order_id: str = ""
    order_type: OrderType = OrderType.LIMIT
    updated_at_ms: int = 0
    cost: int = 0
    fee_units: int = 0
    is_cancelled: bool = False
    ahead: "Order | None" = field(default=None, repr=False)
    behind: "Order | None" = field(default=None, repr=False)

    @property
    def executed(self) -> int:
        """What has traded, in quantity steps."""
        return self.quantity - self.remaining

    @property
    def is_open(self) -> bool:
        """Whether it can still trade."""
        return self.remaining > 0 and not self.is_cancelled

    @property
    def status(self) -> Status:
        """Where it stands, derived from its quantities."""
        if self.remaining == 0:
            return Status.FILLED
        if self.is_cancelled:
            return Status.CANCELLED
        return Status.PENDING if self.remaining == self.quantity else Status.PARTIALLY_FILLED
