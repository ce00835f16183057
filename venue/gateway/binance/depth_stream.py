"""The changes of a book, gathered over an interval, in a chain that a reader can check.

A message holds the levels that changed since the one before, with their quantities now, and the first and the last of
the book's sequence numbers that it covers: `U` is one more than the last `u`, whether or not anything changed between.
"""

import asyncio
from collections.abc import Callable

from venue.exchange import Fill, Listing
from venue.gateway.binance import amounts
from venue.gateway.binance.call import Json
from venue.gateway.binance.symbols import name_of
from venue.markets import Market
from venue.matching.ladder import Ladder
from venue.matching.orders import Order, Side
from venue.service import Clock


class DepthStream:
    """One book's changes, at most one message an interval.

    `publish` is called with a message; it must not tell it before what it shows is on the disk.
    """

    def __init__(
        self, listing: Listing, interval_seconds: float, clock: Clock, publish: Callable[[Json], None]
    ) -> None:
        self._listing = listing
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._publish = publish
        self._changed: dict[Side, set[int]] = {Side.BUY: set(), Side.SELL: set()}
        self._last_sequence = listing.book.sequence
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def restart(self) -> None:
        """Begin a new chain: what happened before is of no interest."""
        self._last_sequence = self._listing.book.sequence
        for prices in self._changed.values():
            prices.clear()

    def placed(self, order: Order, fills: list[Fill]) -> None:
        """Take note of an order that was placed."""
        for maker, _ in fills:
            self._changed[maker.order.side].add(maker.price)
        if order.is_open:
            self._changed[order.side].add(order.price)
        if fills or order.is_open:
            self._arm()

    def cancelled(self, order: Order) -> None:
        """Take note of an order that was cancelled."""
        self._changed[order.side].add(order.price)
        self._arm()

    def _arm(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._next_at, loop.time()), self._push)

    def _push(self) -> None:
        self._timer = None
        self._next_at = asyncio.get_running_loop().time() + self._interval_seconds
        book, market = self._listing.book, self._listing.market
        if self._last_sequence == book.sequence:
            return
        first, self._last_sequence = self._last_sequence + 1, book.sequence
        self._publish(
            {
                "e": "depthUpdate",
                "E": self._clock(),
                "s": name_of(market),
                "U": first,
                "u": book.sequence,
                "b": _levels(market, book.bids, self._changed[Side.BUY]),
                "a": _levels(market, book.asks, self._changed[Side.SELL]),
            }
        )
        for prices in self._changed.values():
            prices.clear()


def _levels(market: Market, ladder: Ladder, prices: set[int]) -> list[Json]:
    levels = ((price, ladder.levels.get(price * ladder.sign)) for price in sorted(prices))
    return [
        [amounts.price(market, price), amounts.quantity(market, level.quantity if level else 0)]
        for price, level in levels
    ]
