"""One side of a book: price levels, each a queue of orders."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from venue.matching.orders import Order


class Level:
    """The orders at one price, first come first served.

    A linked list through the orders themselves: joining, leaving from the middle and taking the first cost the same
    however long the queue. A dict as a queue would not: its first entry is found by walking over all deleted ones.
    """

    __slots__ = ("count", "first", "last", "price", "quantity")

    def __init__(self, price: int) -> None:
        self.price = price
        self.quantity = 0
        self.count = 0
        self.first: Order | None = None
        self.last: Order | None = None

    def append(self, order: Order) -> None:
        """Queue an order behind the others."""
        order.ahead = self.last
        if self.last is None:
            self.first = order
        else:
            self.last.behind = order
        self.last = order
        self.quantity += order.remaining
        self.count += 1

    def remove(self, order: Order) -> None:
        """Take an order out, wherever it stands; what remains of it no longer counts."""
        ahead, behind = order.ahead, order.behind
        if ahead is None:
            self.first = behind
        else:
            ahead.behind = behind
        if behind is None:
            self.last = ahead
        else:
            behind.ahead = ahead
        order.ahead = order.behind = None
        self.quantity -= order.remaining
        self.count -= 1

    def __iter__(self) -> Iterator[Order]:
        order = self.first
        while order is not None:
            yield order
            order = order.behind


class Ladder:
    """The levels of one side, the best one last.

    Levels are keyed by price times `sign` (1 for bids, -1 for asks), so the highest key is the best price on either
    side and one piece of code serves both. A sorted list leaves nothing behind when a level empties, as a heap would.
    """

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def add(self, order: Order) -> None:
        """Rest an order at its price."""
        key = order.price * self.sign
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(order.price)
            insort(self.keys, key)
        level.append(order)

    def remove(self, order: Order) -> None:
        """Take a resting order out, and its level when that was the last one there."""
        key = order.price * self.sign
        level = self.levels[key]
        level.remove(order)
        if level.first is None:
            del self.levels[key]
            del self.keys[bisect_left(self.keys, key)]

    def quantity_within(self, price: int, enough: int) -> int:
        """Return how much rests at this price or better; counting ends when it is `enough`."""
        bound, quantity = price * self.sign, 0
        for key in reversed(self.keys):
            if key < bound or quantity >= enough:
                break
            quantity += self.levels[key].quantity
        return quantity

    def best_first(self) -> Iterator[Level]:
        """Yield the levels, best price first."""
        for key in reversed(self.keys):
            yield self.levels[key]
