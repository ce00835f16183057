"""An exchange whose calls are timed and counted."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.domain.balances import Balance, Permissions
from app.domain.fills import FillPage
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order
from app.ports.exchanges import OrderTrackingSystem
from app.telemetry.calls import exchange_watch


class MeasuredOts:
    """Implements `app.ports.exchanges.OrderTrackingSystem`, and changes nothing of what it passes on.

    It stands inside the breaker, so what is counted was really asked for.
    """

    def __init__(self, ots: OrderTrackingSystem) -> None:
        self._ots = ots
        self._watch = exchange_watch(ots.name)

    @property
    def name(self) -> str:
        """The exchange's name in the settings."""
        return self._ots.name

    @property
    def market(self) -> Market:
        """The rules for prices and quantities there; mostly they are known already, so this is not counted."""
        return self._ots.market

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        """Yield our account's fills; each page counts."""
        pages = self._ots.read_fills(position, since)
        while True:
            with self._watch("read_fills"):
                page = next(pages, None)
            if page is None:
                return
            yield page

    def open_orders(self) -> Sequence[Order]:
        """Return all open orders of our account in this market."""
        with self._watch("open_orders"):
            return self._ots.open_orders()

    def order(self, exchange_order_id: str) -> Order:
        """Return one order."""
        with self._watch("order"):
            return self._ots.order(exchange_order_id)

    def place_offer(self, client_order_id: str, level: Level) -> str:
        """Place a limit sell."""
        with self._watch("place_offer"):
            return self._ots.place_offer(client_order_id, level)

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:
        """Return the orders that a placing of unknown outcome may have made."""
        with self._watch("find_orders"):
            return self._ots.find_orders(client_order_id, level, placed_after)

    def cancel_order(self, exchange_order_id: str) -> None:
        """Ask for an order to be cancelled."""
        with self._watch("cancel_order"):
            self._ots.cancel_order(exchange_order_id)

    def server_time(self) -> datetime:
        """Return the exchange's clock."""
        with self._watch("server_time"):
            return self._ots.server_time()

    def balance(self) -> Balance:
        """Return what the account holds of the token."""
        with self._watch("balance"):
            return self._ots.balance()

    def permissions(self) -> Permissions | None:
        """Return what our API key may do."""
        with self._watch("permissions"):
            return self._ots.permissions()
