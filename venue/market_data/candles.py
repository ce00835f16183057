"""Open, high, low and close over an interval, from a market's trades."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from venue.history import Trade
from venue.matching.orders import Side

MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
# 1970-01-01 was a Thursday; weeks begin on Mondays.
_FIRST_MONDAY_MS = 4 * DAY_MS

_by_opening = attrgetter("open_ms")


@dataclass(frozen=True, slots=True)
class Interval:
    """How long a candle lasts, and where one of them opens."""

    length_ms: int
    origin_ms: int = 0

    def opening(self, at_ms: int) -> int:
        """Return when the candle that holds this time opens."""
        return at_ms - (at_ms - self.origin_ms) % self.length_ms


INTERVALS = {
    "1m": Interval(MINUTE_MS),
    "5m": Interval(5 * MINUTE_MS),
    "15m": Interval(15 * MINUTE_MS),
    "30m": Interval(30 * MINUTE_MS),
    "1h": Interval(60 * MINUTE_MS),
    "4h": Interval(240 * MINUTE_MS),
    "1d": Interval(DAY_MS),
    "1w": Interval(7 * DAY_MS, _FIRST_MONDAY_MS),
}


@dataclass(slots=True)
class Candle:
    """What happened in one interval; prices in ticks, quantities in steps, costs in ticks times steps.

    Attributes:
        trades: how many; 0 in an interval without, whose prices are the last one before it.
        bought: the part of `quantity` whose taker bought; likewise `bought_cost`.
        first_id: the first trade's id, 0 without trades; likewise `last_id`.
    """

    open_ms: int
    open: int
    high: int
    low: int
    close: int
    quantity: int = 0
    cost: int = 0
    trades: int = 0
    bought: int = 0
    bought_cost: int = 0
    first_id: int = 0
    last_id: int = 0

    def add(self, trade: Trade) -> None:
        """Count a trade, later than those before; the taker's part of it."""
        price, cost = trade.price, trade.price * trade.quantity
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price
        self.quantity += trade.quantity
        self.cost += cost
        self.trades += 1
        if trade.order.side is Side.BUY:
            self.bought += trade.quantity
            self.bought_cost += cost
        self.first_id = self.first_id or trade.trade_id
        self.last_id = trade.trade_id

    def join(self, later: "Candle") -> None:
        """Count a later candle's trades."""
        self.high, self.low, self.close = max(self.high, later.high), min(self.low, later.low), later.close
        self.quantity += later.quantity
        self.cost += later.cost
        self.trades += later.trades
        self.bought += later.bought
        self.bought_cost += later.bought_cost
        self.first_id = self.first_id or later.first_id
        self.last_id = later.last_id


@dataclass(slots=True)
class Minutes:
    """A market's minutes with trades, oldest first.

    They are brought up to date when they are asked for, so that matching does not pay for it.
    """

    tape: Sequence[Trade]
    _candles: list[Candle] = field(default_factory=list)
    _read: int = 0

    def candles(self) -> Sequence[Candle]:
        """Return all of them."""
        for index in range(self._read, len(self.tape)):
            self._add(self.tape[index])
        self._read = len(self.tape)
        return self._candles

    def _add(self, trade: Trade) -> None:
        opening = trade.at_ms - trade.at_ms % MINUTE_MS
        if not self._candles or self._candles[-1].open_ms != opening:
            price = trade.price
            self._candles.append(Candle(opening, price, price, price, price))
        self._candles[-1].add(trade)


def since(minutes: Sequence[Candle], start_ms: int) -> Candle | None:
    """Return one candle over everything from the minute that holds this time, None without trades."""
    total: Candle | None = None
    for minute in minutes[bisect_left(minutes, start_ms - start_ms % MINUTE_MS, key=_by_opening) :]:
        if total is None:
            price = minute.open
            total = Candle(start_ms, price, price, price, price)
        total.join(minute)
    return total


def joined(
    minutes: Sequence[Candle], interval: Interval, *, start_ms: int | None, end_ms: int, most: int
) -> Iterator[Candle]:
    """Yield the candles of an interval, oldest first, without gaps from the first trade on.

    Args:
        minutes: the market's minutes.
        interval: how long a candle lasts.
        start_ms: candles that open before it are left out; None for the newest ones.
        end_ms: candles that open after it are left out.
        most: how many at most.
    """
    if not minutes:
        return
    length, end = interval.length_ms, interval.opening(end_ms)
    begin = interval.opening(minutes[0].open_ms)
    if start_ms is None:
        begin = max(begin, end - (most - 1) * length)
    else:
        begin = max(begin, interval.opening(start_ms + length - 1))
        end = min(end, begin + (most - 1) * length)
    index = bisect_left(minutes, begin, key=_by_opening)
    close = minutes[index - 1].close if index else minutes[0].open
    for opening in range(begin, end + 1, length):
        has_trades = index < len(minutes) and minutes[index].open_ms < opening + length
        price = minutes[index].open if has_trades else close
        candle = Candle(opening, price, price, price, price)
        while index < len(minutes) and minutes[index].open_ms < opening + length:
            candle.join(minutes[index])
            index += 1
        close = candle.close
        yield candle
