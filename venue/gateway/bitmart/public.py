"""The calls that need no key: the time, the markets, depth and ticker."""

from bisect import bisect_left
from decimal import ROUND_HALF_EVEN, Decimal
from operator import attrgetter

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from venue.amounts import decimal_from
from venue.exchange import Listing
from venue.gateway.bitmart import calls
from venue.gateway.bitmart.answers import Json, amount, answer, depth_answer, price
from venue.gateway.bitmart.calls import Doorkeeper
from venue.markets import Market
from venue.matching.ladder import Ladder
from venue.service import Venue

_DAY_MS = 86_400_000


class PublicCalls:
    """The calls of one venue that need no key."""

    def __init__(self, venue: Venue, doorkeeper: Doorkeeper) -> None:
        self._venue = venue
        self._doorkeeper = doorkeeper

    def routes(self) -> list[Route]:
        """Return the HTTP routes."""
        return [
            Route("/v2/time", self._time, methods=["GET"]),
            Route("/v2/symbols", self._symbols, methods=["GET"]),
            Route("/v2/symbols_details", self._symbols_details, methods=["GET"]),
            Route("/v2/symbols/{symbol}/orders", self._depth, methods=["GET"]),
            Route("/v2/ticker", self._ticker, methods=["GET"]),
        ]

    async def _time(self, request: Request) -> Response:
        self._doorkeeper.visitor(request)
        return answer({"server_time": self._venue.clock()})

    async def _symbols(self, request: Request) -> Response:
        self._doorkeeper.visitor(request)
        return answer(list(self._venue.exchange.listings))

    async def _symbols_details(self, request: Request) -> Response:
        self._doorkeeper.visitor(request)
        return answer([_details(listing.market) for listing in self._venue.exchange.listings.values()])

    async def _depth(self, request: Request) -> Response:
        self._doorkeeper.visitor(request)
        listing = self._venue.exchange.listing(request.path_params["symbol"])
        book, market = listing.book, listing.market
        response = answer({"buys": depth_answer(market, book.bids), "sells": depth_answer(market, book.asks)})
        await self._venue.committed()
        return response

    async def _ticker(self, request: Request) -> Response:
        self._doorkeeper.visitor(request)
        listing = self._venue.exchange.listing(calls.required(dict(request.query_params), "symbol"))
        response = answer(_ticker(listing, self._venue.clock()))
        await self._venue.committed()
        return response


def _details(market: Market) -> Json:
    return {
        "id": market.symbol,
        "base_currency": market.base,
        "quote_currency": market.quote,
        "quote_increment": f"{decimal_from(market.quantity_step_units):f}",
        "base_min_size": market.minimum_text,
        "price_min_precision": market.price_digits,
        "price_max_precision": market.price_digits,
        "expiration": "NA",
    }


def _ticker(listing: Listing, now_ms: int) -> Json:
    """Return the last price, and highest, lowest and volume of the last 24 hours, "0" before the first trade."""
    market, tape = listing.market, listing.tape
    day = tape[bisect_left(tape, now_ms - _DAY_MS, key=attrgetter("at_ms")) :]
    prices = [trade.price for trade in day]
    paid = sum(trade.price * trade.quantity for trade in day) * market.notional_units
    bid, bid_amount = _best(market, listing.book.bids)
    ask, ask_amount = _best(market, listing.book.asks)
    return {
        "symbol_id": market.symbol,
        "current_price": f"{price(market, tape[-1].price):f}" if tape else "0",
        "highest_price": f"{price(market, max(prices)):f}" if day else "0",
        "lowest_price": f"{price(market, min(prices)):f}" if day else "0",
        "volume": f"{amount(market, sum(trade.quantity for trade in day)):f}",
        "base_volume": f"{decimal_from(paid):f}",
        "fluctuation": _change(prices[0], prices[-1]) if day else "+0.0000",
        "bid_1": bid,
        "bid_1_amount": bid_amount,
        "ask_1": ask,
        "ask_1_amount": ask_amount,
    }


def _best(market: Market, ladder: Ladder) -> tuple[str, str]:
    level = next(ladder.best_first(), None)
    if level is None:
        return "0", "0"
    return f"{price(market, level.price):f}", f"{amount(market, level.quantity):f}"


def _change(first: int, last: int) -> str:
    change = (Decimal(last) / Decimal(first) - 1).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    return f"{change:+f}"
