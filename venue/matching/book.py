"""One market's order book: price-time priority on integers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from venue.matching.events import Accepted, Cancelled, Event, Filled
from venue.matching.ladder import Ladder, Level
from venue.matching.orders import Order, Side, TimeInForce

_BUY = Side.BUY
_GTC = TimeInForce.GTC
_FOK = TimeInForce.FOK


@dataclass(slots=True)
class FillNumbers:
    """The last fill id given out; the books of a venue share one, so that no two fills of a venue share an id."""

    last: int = 0


class Book:
    """The resting orders of one market and the rule by which they trade.

    The best price trades first, at one price the order that came first; a trade happens at the resting order's price.
    """

    __slots__ = ("_fill_numbers", "_resting", "asks", "bids", "sequence")

    def __init__(self, fill_numbers: FillNumbers) -> None:
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        self.sequence = 0
        self._fill_numbers = fill_numbers
        self._resting: dict[int, Order] = {}

    @property
    def resting(self) -> Mapping[int, Order]:
        """The resting orders by id; an order leaves it the moment it is filled or cancelled."""
        return self._resting

    def place(self, order: Order) -> list[Event]:
        """Trade a new order as far as its limit allows, then rest or cancel what remains of it."""
        sequence = self.sequence = self.sequence + 1
        events: list[Event] = [Accepted(sequence, order)]
        if order.side is _BUY:
            own, opposite = self.bids, self.asks
        else:
            own, opposite = self.asks, self.bids
        if order.time_in_force is _FOK and opposite.quantity_within(order.price, order.quantity) < order.quantity:
            events.append(self._cancelled(order))
            return events
        keys = opposite.keys
        bound = order.price * opposite.sign
        while order.remaining and keys and keys[-1] >= bound:
            level = opposite.levels[keys[-1]]
            self._trade(level, order, events)
            if level.first is None:
                del opposite.levels[keys.pop()]
        if order.remaining:
            if order.time_in_force is _GTC:
                own.add(order)
                self._resting[order.order_id] = order
            else:
                events.append(self._cancelled(order))
        return events

    def would_trade(self, side: Side, price: int) -> bool:
        """Tell whether an order of this side and limit would find somebody to trade with."""
        opposite = self.asks if side is _BUY else self.bids
        return bool(opposite.keys) and opposite.keys[-1] >= price * opposite.sign

    def cancel(self, order: Order) -> Cancelled:
        """Take a resting order out of the book.

        Raises:
            KeyError: the order does not rest here.
        """
        del self._resting[order.order_id]
        (self.bids if order.side is _BUY else self.asks).remove(order)
        return self._cancelled(order)

    def in_priority(self) -> Iterator[Order]:
        """Yield every resting order: bids, then asks, each in the order in which they would trade."""
        for ladder in (self.bids, self.asks):
            for level in ladder.best_first():
                yield from level

    def _trade(self, level: Level, taker: Order, events: list[Event]) -> None:
        numbers = self._fill_numbers
        maker = level.first
        while maker is not None and taker.remaining:
            quantity = min(maker.remaining, taker.remaining)
            maker.remaining -= quantity
            taker.remaining -= quantity
            level.quantity -= quantity
            self.sequence += 1
            numbers.last += 1
            events.append(Filled(self.sequence, numbers.last, level.price, quantity, maker, taker))
            if maker.remaining == 0:
                level.remove(maker)
                del self._resting[maker.order_id]
            maker = level.first

    def _cancelled(self, order: Order) -> Cancelled:
        order.is_cancelled = True
        self.sequence += 1
        return Cancelled(self.sequence, order)
