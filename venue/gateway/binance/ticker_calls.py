"""The calls about prices now, for one symbol, for some, or for all."""

import json
from collections.abc import Callable

from venue.exchange import Listing
from venue.gateway.binance import amounts
from venue.gateway.binance.call import Call, Handler, Json
from venue.gateway.binance.errors import bad_combination, illegal_characters
from venue.gateway.binance.parameters import Parameters
from venue.gateway.binance.symbols import Symbols, name_of
from venue.gateway.binance.tickers import DayTickers, best
from venue.service import Venue

_FEW_SYMBOLS, _SOME_SYMBOLS = 20, 100


class TickerCalls:
    """The calls about prices now."""

    def __init__(self, venue: Venue, symbols: Symbols, tickers: DayTickers) -> None:
        self._venue = venue
        self._symbols = symbols
        self._tickers = tickers

    def calls(self) -> list[Call]:
        """Return them, with Binance's weights."""
        return [
            Call("GET", "/api/v3/ticker/24hr", self._for_each(self._day), _weight_of_day, "ticker.24hr"),
            Call("GET", "/api/v3/ticker/price", self._for_each(_price), _weight_of_price, "ticker.price"),
            Call("GET", "/api/v3/ticker/bookTicker", self._for_each(_book), _weight_of_price, "ticker.book"),
        ]

    def _for_each(self, answer: Callable[[Listing], Json]) -> Handler:
        async def handler(_: str, parameters: Parameters) -> Json:
            if "symbol" in parameters:
                if "symbols" in parameters:
                    raise bad_combination()
                return answer(self._symbols.asked(parameters))
            names = symbols_in(parameters)
            if names is None:
                return [answer(listing) for listing in self._symbols]
            return [answer(self._symbols.listing(name)) for name in names]

        return handler

    def _day(self, listing: Listing) -> Json:
        return self._tickers.ticker(listing, self._venue.now())


def symbols_in(parameters: Parameters) -> list[str] | None:
    """Return the symbols that a call lists as a JSON array, None when it lists none.

    Raises:
        CallRefused: it is no array of texts.
    """
    text = parameters.get("symbols")
    if text is None:
        return None
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise illegal_characters("symbols", '^\\["[A-Z0-9]{1,20}"(,"[A-Z0-9]{1,20}")*\\]$')
    return names


def _price(listing: Listing) -> Json:
    last = listing.tape[-1].price if listing.tape else 0
    return {"symbol": name_of(listing.market), "price": amounts.price(listing.market, last)}


def _book(listing: Listing) -> Json:
    bid, ask = best(listing.market, listing.book.bids), best(listing.market, listing.book.asks)
    return {
        "symbol": name_of(listing.market),
        "bidPrice": bid[0],
        "bidQty": bid[1],
        "askPrice": ask[0],
        "askQty": ask[1],
    }


def _weight_of_day(parameters: Parameters) -> int:
    if "symbol" in parameters:
        return 2
    names = symbols_in(parameters)
    if names is None or len(names) > _SOME_SYMBOLS:
        return 80
    return 2 if len(names) <= _FEW_SYMBOLS else 40


def _weight_of_price(parameters: Parameters) -> int:
    return 2 if "symbol" in parameters else 4
