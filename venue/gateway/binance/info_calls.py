"""`exchangeInfo`: what is traded, by which rules, and how often one may call."""

from venue.gateway.binance.call import Call, Json, weighs
from venue.gateway.binance.errors import bad_combination
from venue.gateway.binance.filters import filters_of
from venue.gateway.binance.limits import Limits
from venue.gateway.binance.parameters import Parameters
from venue.gateway.binance.symbols import Symbols, name_of
from venue.gateway.binance.ticker_calls import symbols_in
from venue.markets import Market
from venue.service import Venue

_FEWEST_DIGITS = 8


class InfoCalls:
    """The call about the venue itself."""

    def __init__(self, venue: Venue, symbols: Symbols, limits: Limits) -> None:
        self._venue = venue
        self._symbols = symbols
        self._limits = limits

    def calls(self) -> list[Call]:
        """Return it, with Binance's weight."""
        return [Call("GET", "/api/v3/exchangeInfo", self._info, weighs(20), "exchangeInfo")]

    async def _info(self, _: str, parameters: Parameters) -> Json:
        names = symbols_in(parameters)
        if "symbol" in parameters:
            if names is not None:
                raise bad_combination()
            names = [parameters["symbol"]]
        listings = list(self._symbols) if names is None else [self._symbols.listing(name) for name in names]
        return {
            "timezone": "UTC",
            "serverTime": self._venue.clock(),
            "rateLimits": rate_limits(self._limits),
            "exchangeFilters": [],
            "symbols": [_symbol(listing.market) for listing in listings],
        }


def rate_limits(limits: Limits) -> list[Json]:
    """Return how much a caller may use."""
    return [
        _rate_limit("REQUEST_WEIGHT", "MINUTE", 1, limits.weight.limit),
        _rate_limit("ORDERS", "SECOND", 10, limits.orders_10s.limit),
        _rate_limit("ORDERS", "DAY", 1, limits.orders_1d.limit),
    ]


def _rate_limit(kind: str, interval: str, number: int, limit: int) -> Json:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def _symbol(market: Market) -> Json:
    base_digits = max(_FEWEST_DIGITS, market.quantity_digits)
    quote_digits = max(_FEWEST_DIGITS, market.price_digits)
    return {
        "symbol": name_of(market),
        "status": "TRADING",
        "baseAsset": market.base,
        "baseAssetPrecision": base_digits,
        "quoteAsset": market.quote,
        "quotePrecision": quote_digits,
        "quoteAssetPrecision": quote_digits,
        "baseCommissionPrecision": base_digits,
        "quoteCommissionPrecision": quote_digits,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters_of(market),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }
