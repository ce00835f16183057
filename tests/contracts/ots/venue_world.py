"""What every adapter against a real venue's gateway has in common; a proxy between can lose calls."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol

from app.domain.fills import Side
from app.domain.money import nanocents_to_decimal, napu_to_decimal
from app.domain.offers import Level
from app.ports.exchanges import OrderTrackingSystem
from tests.contracts.ots.fault_proxy import FaultProxy, fault_proxy
from tests.contracts.ots.running_venue import ISSUER
from venue.client_records import PlacedOrder

BuildOts = Callable[[dict[str, str], str], OrderTrackingSystem]
"""Builds our account's exchange from a key, reached at an endpoint."""


class Trader(Protocol):
    """A trader's own way to the venue, without our adapter."""

    def place(self, side: str, price: Decimal, amount: Decimal) -> int:
        """Place a limit order; return its id."""
        ...

    def order(self, order_id: int) -> PlacedOrder:
        """Return one order."""
        ...


class VenueWorld:
    """Our account and another trader's in a market of their own."""

    def __init__(
        self, proxy: FaultProxy, build: BuildOts, *, us: Trader, them: Trader, calls: Mapping[str, str]
    ) -> None:
        self._proxy = proxy
        self._build = build
        self._us = us
        self._them = them
        self._calls = calls
        self.ots = build(ISSUER, proxy.endpoint)

    def restarted(self) -> OrderTrackingSystem:
        return self._build(ISSUER, self._proxy.endpoint)

    def without_access(self) -> OrderTrackingSystem:
        return self._build(ISSUER | {"secret": "bad5ec7e7"}, self._proxy.endpoint)

    def unreachable(self) -> OrderTrackingSystem:
        with fault_proxy(0) as gone:
            endpoint = gone.endpoint
        return self._build(ISSUER, endpoint)

    def buy(self, quantity_napu: int, max_price_nanocents: int) -> None:
        self._trade(Side.BUY, Level(max_price_nanocents, quantity_napu))

    def sell(self, quantity_napu: int, min_price_nanocents: int) -> None:
        self._trade(Side.SELL, Level(min_price_nanocents, quantity_napu))

    def place_manually(self, side: Side, level: Level) -> str:
        return str(_place(self._us, side, level))

    def lose_next(self, method: str, *, after_effect: bool) -> None:
        self._proxy.lose(self._calls[method], after_effect=after_effect)

    def _trade(self, side: Side, level: Level) -> None:
        order_id = _place(self._them, side, level)
        assert self._them.order(order_id).remaining == 0, "the book held too little for the test's trade"


def _place(client: Trader, side: Side, level: Level) -> int:
    price, amount = nanocents_to_decimal(level.price_nanocents), napu_to_decimal(level.quantity_napu)
    return client.place(side.value, price.normalize(), amount.normalize())
