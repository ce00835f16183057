"""An exchange that is left alone while it is down: every call of every service goes through here."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from app.domain.balances import Balance, Permissions
from app.domain.errors import BudgetSpent, ExchangeRejected, ExchangeUnavailable, OutcomeUnknown, RateLimited
from app.domain.fills import FillPage
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.services.breakers import Breakers

ResultT = TypeVar("ResultT")


class GuardedOts:
    """An exchange and its breaker; implements `app.ports.exchanges.OrderTrackingSystem`.

    No answer is a failure; a refusal is an answer. A spent budget, or a key that is not accepted, tells neither.
    While the exchange is down only these reach it: one reading call at a time as a probe; cancels, since what an operator
    wants off must not wait for a probe; and its clock, once a minute, since clocks too far apart may be why it is down.
    """

    def __init__(self, ots: OrderTrackingSystem, breakers: Breakers, clock: Clock) -> None:
        self._ots = ots
        self._breakers = breakers
        self._clock = clock
        self._limited_until: datetime | None = None

    @property
    def name(self) -> str:
        """The exchange's name in the settings."""
        return self._ots.name

    @property
    def market(self) -> Market:
        """The rules for prices and quantities there; a driver may have to ask for them first."""
        try:
            return self._ots.market
        except ExchangeUnavailable as error:
            self._breakers.failed(self.name, error)
            raise

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        """Yield our account's fills, page by page."""
        pages = self._ots.read_fills(position, since)
        while (page := self._read(lambda: next(pages, None))) is not None:
            yield page

    def open_orders(self) -> Sequence[Order]:
        """Return all open orders of our account in this market."""
        return self._read(self._ots.open_orders)

    def order(self, exchange_order_id: str) -> Order:
        """Return one order."""
        return self._read(lambda: self._ots.order(exchange_order_id))

    def place_offer(self, client_order_id: str, level: Level) -> str:
        """Place a limit sell."""
        self._breakers.admit(self.name, may_probe=False)
        return self._observed(lambda: self._ots.place_offer(client_order_id, level))

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:
        """Return the orders that a placing of unknown outcome may have made."""
        return self._read(lambda: self._ots.find_orders(client_order_id, level, placed_after))

    def cancel_order(self, exchange_order_id: str) -> None:
        """Ask for an order to be cancelled."""
        self._observed(lambda: self._ots.cancel_order(exchange_order_id))

    def server_time(self) -> datetime:
        """Return the exchange's clock; that this public call is answered does not prove that the account's are."""
        return self._ots.server_time()

    def balance(self) -> Balance:
        """Return what the account holds of the token."""
        return self._read(self._ots.balance)

    def permissions(self) -> Permissions | None:
        """Return what our API key may do; where the exchange does not tell nobody asks it, so it proves nothing."""
        self._breakers.admit(self.name, may_probe=False)
        return self._ots.permissions()

    def _read(self, call: Callable[[], ResultT]) -> ResultT:
        self._breakers.admit(self.name, may_probe=True)
        return self._observed(call)

    def _observed(self, call: Callable[[], ResultT]) -> ResultT:
        try:
            result = call()
        except BudgetSpent:
            raise
        except RateLimited as error:
            self._limited(error)
            raise
        except (ExchangeUnavailable, OutcomeUnknown) as error:
            self._breakers.failed(self.name, error)
            raise
        except ExchangeRejected:
            self._answered()
            raise
        self._answered()
        return result

    def _answered(self) -> None:
        self._limited_until = None
        self._breakers.answered(self.name)

    def _limited(self, error: RateLimited) -> None:
        """Count an exchange that still wants fewer calls after we have waited as long as it said."""
        now, until = self._clock.now(), self._limited_until
        if until is not None and now >= until:
            self._breakers.failed(self.name, error)
        if until is None or now >= until:
            self._limited_until = now + timedelta(seconds=error.retry_after_seconds)
