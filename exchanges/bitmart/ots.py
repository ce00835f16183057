"""Bitmart behind the port."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from app.domain.balances import Balance, Permissions
from app.domain.errors import ExchangeRejected
from app.domain.fills import FillPage, Side
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order, OrderState
from exchanges.bitmart import order_lists
from exchanges.bitmart.client import Client
from exchanges.bitmart.fill_reader import read_fills
from exchanges.bitmart.sides import OrderSides
from exchanges.position import Position
from exchanges.server_clock import MAX_OFFSET

_log = logging.getLogger(__name__)


class BitmartOts:
    """One account in one market of Bitmart; implements `app.ports.exchanges.OrderTrackingSystem`, shared by threads."""

    def __init__(self, name: str, market: Market, client: Client, close: Callable[[], None]) -> None:
        self._name = name
        self._market = market
        self._client = client
        self._close = close
        self._sides = OrderSides(client)

    @property
    def name(self) -> str:
        """The exchange's name in the settings."""
        return self._name

    @property
    def market(self) -> Market:
        """The rules for prices and quantities here."""
        return self._market

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        """Yield the fills after a position, or executed since a time (up to 5 s earlier, as clocks differ).

        Raises:
            InvalidInput: the position is another exchange's.
            ExchangeRejected: the exchange lists a trade whose order, and so whose side, it does not know.
        """
        start = Position.at(since) if position is None else Position.decode(position)
        return read_fills(self._client, self._sides, start)

    def open_orders(self) -> Sequence[Order]:
        """Return all open orders of the account in this market."""
        orders = order_lists.open_orders(self._client)
        self._sides.learn({order.exchange_order_id: order.side for order in orders})
        return orders

    def order(self, exchange_order_id: str) -> Order:
        """Return one order."""
        return self._client.order(exchange_order_id)

    def place_offer(self, client_order_id: str, level: Level) -> str:
        """Place a limit sell; the exchange keeps no client order id."""
        order_id = self._client.place_sell(level)
        self._sides.learn({order_id: Side.SELL})
        _log.info("offer %s is order %s of %s", client_order_id, order_id, self._name)
        return order_id

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:  # noqa: ARG002  the port's; this exchange keeps none
        """Return all sells of that price and quantity placed since that time (less 5 s for skew), oldest first."""
        return [
            order
            for order in order_lists.recent_orders(self._client, placed_after - MAX_OFFSET)
            if order.side is Side.SELL and Level(order.price_nanocents, order.quantity_napu) == level
        ]

    def cancel_order(self, exchange_order_id: str) -> None:
        """Ask for an order's cancel; one that is no longer open counts as cancelled."""
        try:
            self._client.cancel(exchange_order_id)
        except ExchangeRejected:
            # Its words for "no longer open" are not documented; the order itself tells.
            if self._client.order(exchange_order_id).state is OrderState.OPEN:
                raise

    def balance(self) -> Balance:
        """Return what the account holds of the token."""
        return self._client.balance()

    def permissions(self) -> Permissions | None:
        """Return None: the exchange does not tell what a key may do."""
        return None

    def server_time(self) -> datetime:
        """Return the exchange's clock, UTC."""
        return self._client.server_time()

    def close(self) -> None:
        """Close the connections; using the exchange again opens new ones."""
        self._close()
