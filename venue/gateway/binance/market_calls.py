"""The calls that need no key: time, book, trades, candles, tickers."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter

from venue.exchange import Listing
from venue.gateway.binance import amounts
from venue.gateway.binance.call import Call, Json, weighs
from venue.gateway.binance.errors import CallRefused, bad_combination
from venue.gateway.binance.parameters import Parameters, choice, limit, number
from venue.gateway.binance.symbols import Symbols
from venue.gateway.binance.tickers import DayTickers
from venue.gateway.binance.trade_answers import aggregate_answer, public_trade_answer
from venue.history import Trade
from venue.market_data.candles import INTERVALS, Candle, Interval, joined
from venue.markets import Market
from venue.matching.ladder import Ladder
from venue.service import Venue

_DEFAULT_ENTRIES, _MOST_ENTRIES = 500, 1000
_DEFAULT_LEVELS, _MOST_LEVELS = 100, 5000
_by_time = attrgetter("at_ms")
_by_id = attrgetter("trade_id")


class MarketCalls:
    """The calls about markets."""

    def __init__(self, venue: Venue, symbols: Symbols, tickers: DayTickers) -> None:
        self._venue = venue
        self._symbols = symbols
        self._tickers = tickers

    def calls(self) -> list[Call]:
        """Return them, with Binance's weights."""
        return [
            Call("GET", "/api/v3/ping", self._ping, weighs(1), "ping"),
            Call("GET", "/api/v3/time", self._time, weighs(1), "time"),
            Call("GET", "/api/v3/depth", self._depth, _weight_of_depth, "depth"),
            Call("GET", "/api/v3/trades", self._trades, weighs(25), "trades.recent"),
            Call("GET", "/api/v3/historicalTrades", self._trades, weighs(25), "trades.historical"),
            Call("GET", "/api/v3/aggTrades", self._aggregates, weighs(4), "trades.aggregate"),
            Call("GET", "/api/v3/klines", self._klines, weighs(2), "klines"),
            Call("GET", "/sapi/v1/system/status", self._status, weighs(1)),
        ]

    async def _ping(self, _: str, __: Parameters) -> Json:
        return {}

    async def _time(self, _: str, __: Parameters) -> Json:
        return {"serverTime": self._venue.clock()}

    async def _status(self, _: str, __: Parameters) -> Json:
        return {"status": 0, "msg": "normal"}

    async def _depth(self, _: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        book, market = listing.book, listing.market
        levels = min(limit(parameters, _DEFAULT_LEVELS, 10**18), _MOST_LEVELS)
        return {
            "lastUpdateId": book.sequence,
            "bids": _levels(market, book.bids, levels),
            "asks": _levels(market, book.asks, levels),
        }

    async def _trades(self, _: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        entries = limit(parameters, _DEFAULT_ENTRIES, _MOST_ENTRIES)
        from_id = number(parameters, "fromId")
        tape = listing.tape
        begin = max(0, len(tape) - entries) if from_id is None else bisect_left(tape, from_id, key=_by_id)
        return [public_trade_answer(listing.market, trade) for trade in tape[begin : begin + entries]]

    async def _aggregates(self, _: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        entries = limit(parameters, _DEFAULT_ENTRIES, _MOST_ENTRIES)
        return [aggregate_answer(listing.market, trade) for trade in _asked_trades(listing, parameters, entries)]

    async def _klines(self, _: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        interval = choice(parameters, "interval", INTERVALS, CallRefused(-1120, "Invalid interval."))
        end = number(parameters, "endTime")
        now = self._venue.now()
        candles = joined(
            self._tickers.minutes(listing).candles(),
            interval,
            start_ms=number(parameters, "startTime"),
            end_ms=now if end is None else min(end, now),
            most=min(limit(parameters, _DEFAULT_ENTRIES, 10**18), _MOST_ENTRIES),
        )
        return [_kline(listing.market, interval, candle) for candle in candles]


def _weight_of_depth(parameters: Parameters) -> int:
    levels = limit(parameters, _DEFAULT_LEVELS, 10**18)
    return next((weight for most, weight in ((100, 5), (500, 25), (1000, 50)) if levels <= most), 250)


def _levels(market: Market, ladder: Ladder, most: int) -> list[Json]:
    return [
        [amounts.price(market, level.price), amounts.quantity(market, level.quantity)]
        for level, _ in zip(ladder.best_first(), range(most), strict=False)
    ]


def _asked_trades(listing: Listing, parameters: Parameters, entries: int) -> Sequence[Trade]:
    tape = listing.tape
    from_id, start, end = (number(parameters, name) for name in ("fromId", "startTime", "endTime"))
    if from_id is not None:
        if start is not None or end is not None:
            raise bad_combination()
        begin = bisect_left(tape, from_id, key=_by_id)
        return tape[begin : begin + entries]
    last = len(tape) if end is None else bisect_right(tape, end, key=_by_time)
    if start is None:
        return tape[max(0, last - entries) : last]
    first = bisect_left(tape, start, key=_by_time)
    return tape[first : min(last, first + entries)]


def _kline(market: Market, interval: Interval, candle: Candle) -> Json:
    return [
        candle.open_ms,
        *(amounts.price(market, price) for price in (candle.open, candle.high, candle.low, candle.close)),
        amounts.quantity(market, candle.quantity),
        candle.open_ms + interval.length_ms - 1,
        amounts.cost(market, candle.cost),
        candle.trades,
        amounts.quantity(market, candle.bought),
        amounts.cost(market, candle.bought_cost),
        "0",
    ]
