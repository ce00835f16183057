"""Everything that is pushed, from what happens in the books."""

from venue.exchange import Fill, Listing
from venue.gateway.binance.market_streams import MarketStreams
from venue.gateway.binance.user_streams import UserStreams
from venue.matching.orders import Order


class Feed:
    """Watches the exchange, for the streams about markets and those about accounts."""

    def __init__(self, markets: MarketStreams, users: UserStreams) -> None:
        self._markets = markets
        self._users = users

    def placed(self, listing: Listing, order: Order, fills: list[Fill]) -> None:
        """Tell about an order that was placed."""
        self._users.placed(listing, order, fills)
        self._markets.placed(listing, order, fills)

    def cancelled(self, listing: Listing, order: Order) -> None:
        """Tell about an order that was cancelled."""
        self._users.cancelled(listing, order)
        self._markets.cancelled(listing, order)
