"""Binance's spot API, over HTTP and WebSocket, as its reference describes it.

Where the reference leaves a choice, or the venue is simpler: a trade's id is that of one order's part in a fill, so
an account that trades with itself sees two; public trades have the takers' ids, and an aggregate holds one trade;
what the API has beyond spot orders and market data is not there.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from venue.gateway.binance.access import Doorkeeper
from venue.gateway.binance.account_calls import AccountCalls
from venue.gateway.binance.feed import Feed
from venue.gateway.binance.info_calls import InfoCalls
from venue.gateway.binance.limits import Limits
from venue.gateway.binance.market_calls import MarketCalls
from venue.gateway.binance.market_streams import MarketStreams
from venue.gateway.binance.order_calls import OrderCalls
from venue.gateway.binance.outbox import Outbox
from venue.gateway.binance.rest import Rest, unexpected
from venue.gateway.binance.stream_endpoint import StreamEndpoint
from venue.gateway.binance.symbols import Symbols
from venue.gateway.binance.ticker_calls import TickerCalls
from venue.gateway.binance.tickers import DayTickers
from venue.gateway.binance.user_streams import UserStreams
from venue.gateway.binance.ws_api import WebSocketApi
from venue.service import Venue


def binance_app(venue: Venue) -> Starlette:
    """Return the gateway of a venue as an ASGI application; it becomes the exchange's observer.

    Raises:
        InvalidSetting: two markets would have one symbol.
    """
    symbols = Symbols(venue.exchange.listings)
    limits = Limits(venue.config.limits)
    tickers = DayTickers(symbols)
    doorkeeper = Doorkeeper(venue.config.accounts, venue.clock, is_weight_by_key=venue.config.limits.is_weight_by_key)
    outbox = Outbox(venue)
    markets = MarketStreams(venue, symbols, tickers, outbox)
    users = UserStreams(venue.exchange, outbox)
    venue.exchange.observer = Feed(markets, users)
    calls = [
        *InfoCalls(venue, symbols, limits).calls(),
        *MarketCalls(venue, symbols, tickers).calls(),
        *TickerCalls(venue, symbols, tickers).calls(),
        *OrderCalls(venue, symbols).calls(),
        *AccountCalls(venue, symbols).calls(),
    ]
    return Starlette(
        routes=[
            *Rest(venue, doorkeeper, limits).routes(calls),
            *StreamEndpoint(markets).routes(),
            *WebSocketApi(venue, doorkeeper, limits, users, calls).routes(),
        ],
        exception_handlers={HTTPException: unexpected, Exception: unexpected},
    )
