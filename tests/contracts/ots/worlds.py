"""An exchange with what happens around it: what the contract suite needs to do to any of them."""

from typing import Protocol

from app.domain.errors import AuthenticationFailed, ExchangeUnavailable, OutcomeUnknown
from app.domain.fills import Side
from app.domain.offers import Level
from app.ports.exchanges import OrderTrackingSystem
from tests.fakes.ots import FakeOts

METHODS = ("read_fills", "open_orders", "order", "place_offer", "find_orders", "cancel_order")


class World(Protocol):
    """One market, with prices and quantities of two digits, and nothing in its book."""

    @property
    def ots(self) -> OrderTrackingSystem:
        """Our account."""
        ...

    def restarted(self) -> OrderTrackingSystem:
        """Return our account as another process sees it."""
        ...

    def without_access(self) -> OrderTrackingSystem:
        """Return the exchange with credentials that it refuses."""
        ...

    def unreachable(self) -> OrderTrackingSystem:
        """Return an exchange that no connection opens to."""
        ...

    def buy(self, quantity_napu: int, max_price_nanocents: int) -> object:
        """Have another trader buy from the book, at once."""
        ...

    def sell(self, quantity_napu: int, min_price_nanocents: int) -> object:
        """Have another trader sell into the book, at once."""
        ...

    def place_manually(self, side: Side, level: Level) -> str:
        """Place an order on our account in another way; return its id."""
        ...

    def lose_next(self, method: str, *, after_effect: bool) -> None:
        """Lose the next `place_offer` or `cancel_order` on its way there or, after it took effect, its answer."""
        ...


class FakeWorld:
    """The exchange in memory."""

    def __init__(self, *, keeps_client_order_ids: bool) -> None:
        self.ots = FakeOts(page_size=50, keeps_client_order_ids=keeps_client_order_ids)
        self.buy = self.ots.buy
        self.sell = self.ots.sell
        self.place_manually = self.ots.place_manually

    def restarted(self) -> OrderTrackingSystem:
        return self.ots

    def without_access(self) -> OrderTrackingSystem:
        ots = FakeOts()
        for method in METHODS:
            ots.fail_next(method, AuthenticationFailed("wrong key"))
        return ots

    def unreachable(self) -> OrderTrackingSystem:
        ots = FakeOts()
        for method in METHODS:
            ots.fail_next(method, ExchangeUnavailable("no connection"))
        return ots

    def lose_next(self, method: str, *, after_effect: bool) -> None:
        self.ots.fail_next(method, OutcomeUnknown("the connection broke"), after_effect=after_effect)
