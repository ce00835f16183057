"""The streams about accounts: every step of their orders, at once."""

import json
from functools import partial

from venue.exchange import Exchange, Fill, Listing
from venue.gateway.binance.call import Json
from venue.gateway.binance.connection import Connection
from venue.gateway.binance.order_answers import status_of
from venue.gateway.binance.outbox import Outbox
from venue.gateway.binance.reports import Execution, account_position, execution_report
from venue.matching.orders import Order

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode

Subscriber = tuple[Connection, int]
"""A connection, and its number for this subscription."""


class UserStreams:
    """Who wants to be told about which account."""

    def __init__(self, exchange: Exchange, outbox: Outbox) -> None:
        self._exchange = exchange
        self._outbox = outbox
        self._subscribers: dict[str, set[Subscriber]] = {}

    def add(self, account: str, subscriber: Subscriber) -> None:
        """Tell somebody about an account from now on."""
        self._subscribers.setdefault(account, set()).add(subscriber)

    def remove(self, account: str, subscriber: Subscriber) -> None:
        """Tell somebody no more."""
        subscribers = self._subscribers.get(account, set())
        subscribers.discard(subscriber)
        if not subscribers:
            self._subscribers.pop(account, None)

    def placed(self, listing: Listing, order: Order, fills: list[Fill]) -> None:
        """Tell about an order that was placed, and about those that it traded with."""
        if not self._subscribers:
            return
        self._report(listing, order, Execution("NEW", "NEW", 0, 0))
        executed = cost = 0
        for made, taken in fills:
            maker = made.order
            self._report(listing, maker, Execution("TRADE", status_of(maker), maker.executed, maker.cost, made))
            executed += taken.quantity
            cost += taken.price * taken.quantity
            status = "FILLED" if executed == order.quantity else "PARTIALLY_FILLED"
            self._report(listing, order, Execution("TRADE", status, executed, cost, taken))
        if order.is_cancelled:
            self._report(listing, order, Execution("EXPIRED", status_of(order), executed, cost))
        for account in dict.fromkeys([order.account, *(made.order.account for made, _ in fills)]):
            self._tell_position(listing, account, order.updated_at_ms)

    def cancelled(self, listing: Listing, order: Order) -> None:
        """Tell about an order that was cancelled."""
        self._report(listing, order, Execution("CANCELED", status_of(order), order.executed, order.cost))
        self._tell_position(listing, order.account, order.updated_at_ms)

    def _report(self, listing: Listing, order: Order, execution: Execution) -> None:
        if order.account in self._subscribers:
            self._tell(order.account, execution_report(listing.market, order, execution, order.updated_at_ms))

    def _tell_position(self, listing: Listing, account: str, at_ms: int) -> None:
        if account in self._subscribers:
            market = listing.market
            balances = {asset: self._exchange.balance(account, asset) for asset in (market.base, market.quote)}
            self._tell(account, account_position(balances, at_ms))

    def _tell(self, account: str, event: dict[str, Json]) -> None:
        self._outbox.add(partial(self._deliver, account, _encode(event)))

    def _deliver(self, account: str, event: str) -> None:
        for connection, number in self._subscribers.get(account, ()):
            connection.send(f'{{"subscriptionId":{number},"event":{event}}}')
