"""The streams about markets: who subscribed gets a message when something changed."""

import asyncio
import json
from collections.abc import Callable
from functools import partial

from venue.exchange import Fill, Listing
from venue.gateway.binance.call import Json
from venue.gateway.binance.depth_stream import DepthStream
from venue.gateway.binance.outbox import Outbox
from venue.gateway.binance.subscriptions import Subscriptions
from venue.gateway.binance.symbols import Symbols, name_of
from venue.gateway.binance.tickers import DayTickers, best, mini_ticker_event, ticker_event
from venue.gateway.binance.trade_answers import aggregate_answer, is_buyer_maker, public_trade_answer
from venue.history import Trade
from venue.matching.orders import Order
from venue.service import Venue

_FAST_SECONDS, _SLOW_SECONDS = 0.1, 1.0
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class MarketStreams:
    """The streams of all markets of a venue, by name, such as `ndauusdt@depth@100ms`."""

    def __init__(self, venue: Venue, symbols: Symbols, tickers: DayTickers, outbox: Outbox) -> None:
        self.subscriptions = Subscriptions(self._begun)
        self._markets = {
            name_of(listing.market): _MarketStreams(venue, listing, tickers, outbox, self.subscriptions)
            for listing in symbols
        }
        self._by_stream = {name: market for market in self._markets.values() for name in market.names}

    def knows(self, stream: str) -> bool:
        """Tell whether there is a stream of this name."""
        return stream in self._by_stream

    def placed(self, listing: Listing, order: Order, fills: list[Fill]) -> None:
        """Tell about an order that was placed."""
        self._markets[name_of(listing.market)].placed(order, fills)

    def cancelled(self, listing: Listing, order: Order) -> None:
        """Tell about an order that was cancelled."""
        self._markets[name_of(listing.market)].cancelled(order)

    def _begun(self, stream: str) -> None:
        self._by_stream[stream].begun(stream)


class _MarketStreams:
    def __init__(
        self, venue: Venue, listing: Listing, tickers: DayTickers, outbox: Outbox, subscriptions: Subscriptions
    ) -> None:
        self._venue = venue
        self._listing = listing
        self._day_tickers = tickers
        self._outbox = outbox
        self._subscriptions = subscriptions
        symbol = name_of(listing.market).lower()
        self._trade, self._aggregate = f"{symbol}@trade", f"{symbol}@aggTrade"
        self._book = f"{symbol}@bookTicker"
        self._tickers = {f"{symbol}@ticker": ticker_event, f"{symbol}@miniTicker": mini_ticker_event}
        self._best: tuple[str, ...] = ()
        self._ticker_timer: asyncio.TimerHandle | None = None
        fast, slow = f"{symbol}@depth@100ms", f"{symbol}@depth"
        self._depths = {
            fast: DepthStream(listing, _FAST_SECONDS, venue.clock, partial(self._add, fast)),
            slow: DepthStream(listing, _SLOW_SECONDS, venue.clock, partial(self._add, slow)),
        }
        self.names = (self._trade, self._aggregate, self._book, *self._tickers, *self._depths)

    def begun(self, stream: str) -> None:
        """Begin a stream that nobody wanted for a while."""
        if stream in self._depths:
            self._depths[stream].restart()
        elif stream == self._book:
            self._best = self._best_now()

    def placed(self, order: Order, fills: list[Fill]) -> None:
        """Tell about an order that was placed."""
        self._changed(lambda depth: depth.placed(order, fills))
        for _, taken in fills:
            self._tell_trade(taken)
        if fills and self._ticker_timer is None and any(stream in self._subscriptions for stream in self._tickers):
            self._ticker_timer = asyncio.get_running_loop().call_later(_SLOW_SECONDS, self._push_tickers)

    def cancelled(self, order: Order) -> None:
        """Tell about an order that was cancelled."""
        self._changed(lambda depth: depth.cancelled(order))

    def _changed(self, tell: Callable[[DepthStream], None]) -> None:
        for stream, depth in self._depths.items():
            if stream in self._subscriptions:
                tell(depth)
        if self._book in self._subscriptions:
            best_now = self._best_now()
            if best_now != self._best:
                self._best = best_now
                self._tell_best(*best_now)

    def _tell_trade(self, taken: Trade) -> None:
        market = self._listing.market
        if self._trade in self._subscriptions:
            shown = public_trade_answer(market, taken)
            self._add(
                self._trade,
                {
                    **self._event("trade"),
                    "t": shown["id"],
                    "p": shown["price"],
                    "q": shown["qty"],
                    "T": taken.at_ms,
                    "m": is_buyer_maker(taken),
                    "M": True,
                },
            )
        if self._aggregate in self._subscriptions:
            self._add(self._aggregate, {**self._event("aggTrade"), **aggregate_answer(market, taken)})

    def _best_now(self) -> tuple[str, ...]:
        book, market = self._listing.book, self._listing.market
        return (*best(market, book.bids), *best(market, book.asks))

    def _tell_best(self, bid: str, bid_quantity: str, ask: str, ask_quantity: str) -> None:
        message = {
            "u": self._listing.book.sequence,
            "s": name_of(self._listing.market),
            "b": bid,
            "B": bid_quantity,
            "a": ask,
            "A": ask_quantity,
        }
        deliver = partial(self._subscriptions.publish, self._book, _encode(message))
        self._outbox.replace(self._book, deliver)

    def _push_tickers(self) -> None:
        self._ticker_timer = None
        ticker = self._day_tickers.ticker(self._listing, self._venue.now())
        for stream, event in self._tickers.items():
            if stream in self._subscriptions:
                self._add(stream, event(ticker, self._venue.clock()))

    def _event(self, kind: str) -> dict[str, Json]:
        return {"e": kind, "E": self._venue.clock(), "s": name_of(self._listing.market)}

    def _add(self, stream: str, message: Json) -> None:
        self._outbox.add(partial(self._subscriptions.publish, stream, _encode(message)))
