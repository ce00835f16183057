"""What an account placed and traded in one market."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from venue.matching.orders import Order, Status

_by_id = attrgetter("order_id")


@dataclass(slots=True, eq=False)
class Trade:
    """One order's part in one fill: a fill has two, the maker's and the taker's.

    Attributes:
        trade_id: 2 x fill id - 1 for the maker's, 2 x fill id for the taker's. So it is unique even when an account
            trades with itself, and of two trades the later has the higher id.
        price: in price ticks.
        quantity: in quantity steps.
        fee_units: in units of the asset that the order received.
    """

    trade_id: int
    order: Order
    price: int
    quantity: int
    fee_units: int
    at_ms: int

    @property
    def is_taker(self) -> bool:
        """Whether the order took from the book; the other one rested."""
        return self.trade_id % 2 == 0


@dataclass(slots=True)
class History:
    """An account's orders, by where they stand, and its trades; all in the order of their ids.

    Attributes:
        orders: all of them.
        named: the newest order of each client order id.
    """

    orders: list[Order] = field(default_factory=list)
    named: dict[str, Order] = field(default_factory=dict)
    open_orders: dict[int, Order] = field(default_factory=dict)
    filled: list[Order] = field(default_factory=list)
    cancelled: list[Order] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)

    def opened(self, order: Order) -> None:
        """Record a new order, before it may trade."""
        self.orders.append(order)
        self.open_orders[order.order_id] = order
        if order.client_order_id:
            self.named[order.client_order_id] = order

    def closed(self, order: Order) -> None:
        """Move an order that is filled or cancelled from the open ones to its list."""
        del self.open_orders[order.order_id]
        insort(self.cancelled if order.is_cancelled else self.filled, order, key=_by_id)

    def open_at(self, *statuses: Status) -> Sequence[Order]:
        """Return the open orders that stand at one of these, oldest first."""
        return [order for order in self.open_orders.values() if order.status in statuses]
