"""Binance's names of the venue's markets: NDAU_USDT is NDAUUSDT there."""

from collections.abc import Iterator, Mapping

from venue.errors import InvalidSetting
from venue.exchange import Listing
from venue.gateway.binance.errors import invalid_symbol
from venue.gateway.binance.parameters import Parameters, required
from venue.markets import Market


def name_of(market: Market) -> str:
    """Return a market's symbol."""
    return market.base + market.quote


class Symbols:
    """The venue's markets by symbol; none is listed while the venue runs."""

    def __init__(self, listings: Mapping[str, Listing]) -> None:
        self._listings: dict[str, Listing] = {}
        for listing in listings.values():
            name = name_of(listing.market)
            other = self._listings.setdefault(name, listing)
            if other is not listing:
                raise InvalidSetting(
                    f"markets {other.market.symbol} and {listing.market.symbol}: with the gateway binance both are {name}"
                )

    def __iter__(self) -> Iterator[Listing]:
        return iter(self._listings.values())

    def get(self, name: str) -> Listing | None:
        """Return the market of a symbol, None if there is none."""
        return self._listings.get(name)

    def listing(self, name: str) -> Listing:
        """Return the market of a symbol.

        Raises:
            CallRefused: there is none.
        """
        listing = self._listings.get(name)
        if listing is None:
            raise invalid_symbol()
        return listing

    def asked(self, parameters: Parameters) -> Listing:
        """Return the market that a call names.

        Raises:
            CallRefused: it names none, or one that is not traded here.
        """
        return self.listing(required(parameters, "symbol"))
