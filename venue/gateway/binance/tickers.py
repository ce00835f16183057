"""The last 24 hours of a market, to the minute, and its best prices."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from venue.exchange import Listing
from venue.gateway.binance import amounts
from venue.gateway.binance.call import Json
from venue.gateway.binance.symbols import Symbols, name_of
from venue.market_data.candles import DAY_MS, Candle, Minutes, since
from venue.markets import Market
from venue.matching.ladder import Ladder

_TICKER_KEYS = {
    "s": "symbol",
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "x": "prevClosePrice",
    "c": "lastPrice",
    "Q": "lastQty",
    "b": "bidPrice",
    "B": "bidQty",
    "a": "askPrice",
    "A": "askQty",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "v": "volume",
    "q": "quoteVolume",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}


class DayTickers:
    """The markets' minutes, and what follows from them."""

    def __init__(self, symbols: Symbols) -> None:
        self._minutes = {name_of(listing.market): Minutes(listing.tape) for listing in symbols}
        for minutes in self._minutes.values():
            minutes.candles()

    def minutes(self, listing: Listing) -> Minutes:
        """Return a market's minutes."""
        return self._minutes[name_of(listing.market)]

    def ticker(self, listing: Listing, now_ms: int) -> dict[str, Json]:
        """Return the last 24 hours; without a trade in them all prices are the last one, 0 before the first."""
        market = listing.market
        last = listing.tape[-1] if listing.tape else None
        price = last.price if last else 0
        start_ms = now_ms - DAY_MS
        day = since(self.minutes(listing).candles(), start_ms) or Candle(start_ms, price, price, price, price)
        bid, ask = best(market, listing.book.bids), best(market, listing.book.asks)
        return {
            "symbol": name_of(market),
            "priceChange": _signed_price(market, day.close - day.open),
            "priceChangePercent": f"{_percent(day):f}",
            "weightedAvgPrice": _average(market, day),
            "prevClosePrice": amounts.price(market, day.open),
            "lastPrice": amounts.price(market, price),
            "lastQty": amounts.quantity(market, last.quantity if last else 0),
            "bidPrice": bid[0],
            "bidQty": bid[1],
            "askPrice": ask[0],
            "askQty": ask[1],
            "openPrice": amounts.price(market, day.open),
            "highPrice": amounts.price(market, day.high),
            "lowPrice": amounts.price(market, day.low),
            "volume": amounts.quantity(market, day.quantity),
            "quoteVolume": amounts.cost(market, day.cost),
            "openTime": start_ms,
            "closeTime": now_ms,
            "firstId": day.first_id or -1,
            "lastId": day.last_id or -1,
            "count": day.trades,
        }


def best(market: Market, ladder: Ladder) -> tuple[str, str]:
    """Return the best price of a side and how much rests there, zeros when it is empty."""
    if not ladder.keys:
        return amounts.ZERO, amounts.ZERO
    level = ladder.levels[ladder.keys[-1]]
    return amounts.price(market, level.price), amounts.quantity(market, level.quantity)


def ticker_event(ticker: Mapping[str, Json], at_ms: int) -> dict[str, Json]:
    """Return the event of the last 24 hours."""
    return {"e": "24hrTicker", "E": at_ms, **{key: ticker[name] for key, name in _TICKER_KEYS.items()}}


def mini_ticker_event(ticker: Mapping[str, Json], at_ms: int) -> dict[str, Json]:
    """Return the event of the last 24 hours, in short."""
    return {"e": "24hrMiniTicker", "E": at_ms, **{key: ticker[_TICKER_KEYS[key]] for key in "scohlvq"}}


def _signed_price(market: Market, ticks: int) -> str:
    sign = "-" if ticks < 0 else ""
    return sign + amounts.price(market, abs(ticks))


def _percent(day: Candle) -> Decimal:
    if not day.open:
        return Decimal("0.000")
    return (Decimal(100) * (day.close - day.open) / day.open).quantize(Decimal("0.001"), ROUND_HALF_EVEN)


def _average(market: Market, day: Candle) -> str:
    if not day.quantity:
        return amounts.price(market, day.close)
    return amounts.text(day.cost * market.price_tick_units // day.quantity)
