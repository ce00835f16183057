"""What happened in a book, in order.

Every event of a book has the next number of that book's sequence, so a reader knows when it missed one.
Plain slotted classes, not frozen ones: freezing makes each creation several times dearer, and a book makes millions.
"""

from dataclasses import dataclass

from venue.matching.orders import Order


@dataclass(slots=True, eq=False)
class Accepted:
    """An order entered the book's matching."""

    sequence: int
    order: Order


@dataclass(slots=True, eq=False)
class Filled:
    """Two orders traded, at the price of the one that rested.

    Attributes:
        fill_id: unique on the whole venue; no other fill, even of the same taker, shares it.
        price: in price ticks.
        quantity: in quantity steps.
    """

    sequence: int
    fill_id: int
    price: int
    quantity: int
    maker: Order
    taker: Order


@dataclass(slots=True, eq=False)
class Cancelled:
    """What remained of an order left the book."""

    sequence: int
    order: Order


Event = Accepted | Filled | Cancelled
