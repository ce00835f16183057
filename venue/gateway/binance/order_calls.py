"""The calls about the calling account's orders."""

import asyncio
from collections.abc import Callable

from venue.commands import CancelOrder
from venue.errors import DuplicateOrder, InsufficientFunds, InvalidRequest, NotFound, OrderNotOpen, WouldTrade
from venue.exchange import Listing
from venue.gateway.binance.call import Call, Json, weighs
from venue.gateway.binance.errors import (
    CallRefused,
    cancel_rejected,
    invalid_data,
    missing,
    no_such_order,
    rejected,
)
from venue.gateway.binance.new_order import client_order_id, command_from
from venue.gateway.binance.order_answers import (
    acknowledgement,
    cancelled_answer,
    full_result,
    order_answer,
    result,
)
from venue.gateway.binance.parameters import Parameters, number
from venue.gateway.binance.ranges import asked_orders
from venue.gateway.binance.symbols import Symbols
from venue.markets import Market
from venue.matching.orders import Order
from venue.service import Venue

_DEFAULT_ORDERS, _MOST_ORDERS = 500, 1000

_REJECTIONS = {
    InsufficientFunds: "Account has insufficient balance for requested action.",
    DuplicateOrder: "Duplicate order sent.",
    WouldTrade: "Order would immediately match and take.",
}
_SHORT_ANSWERS: dict[str, Callable[[Market, Order], Json]] = {"ACK": acknowledgement, "RESULT": result}


class OrderCalls:
    """The calls about orders."""

    def __init__(self, venue: Venue, symbols: Symbols) -> None:
        self._venue = venue
        self._symbols = symbols

    def calls(self) -> list[Call]:
        """Return them, with Binance's weights."""
        one, open_orders = "/api/v3/order", "/api/v3/openOrders"
        return [
            Call("POST", one, self._place, weighs(1), "order.place", "trade", is_order=True),
            Call("POST", f"{one}/test", self._test, weighs(1), "order.test", "trade"),
            Call("GET", one, self._order, weighs(4), "order.status", "read"),
            Call("DELETE", one, self._cancel, weighs(1), "order.cancel", "trade"),
            Call("GET", open_orders, self._open_orders, _weight_of_open_orders, "openOrders.status", "read"),
            Call("DELETE", open_orders, self._cancel_all, weighs(1), "openOrders.cancelAll", "trade"),
            Call("GET", "/api/v3/allOrders", self._all_orders, weighs(20), "allOrders", "read"),
        ]

    async def _place(self, account: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        kind = parameters.get("newOrderRespType", "FULL")
        if kind not in {"ACK", "RESULT", "FULL"}:
            raise invalid_data("newOrderRespType")
        command = command_from(self._venue.now(), account, listing, parameters)
        trades = listing.history(account).trades
        before = len(trades)

        def tell(order: Order) -> Json:
            if kind in _SHORT_ANSWERS:
                return _SHORT_ANSWERS[kind](listing.market, order)
            new = listing.history(account).trades[before:]
            return full_result(listing.market, order, [trade for trade in new if trade.order is order])

        try:
            return await self._venue.do(command, tell)
        except (InsufficientFunds, DuplicateOrder, WouldTrade) as error:
            raise rejected(_REJECTIONS[type(error)]) from error
        except InvalidRequest as error:
            raise CallRefused(-1013, f"Filter failure: {error}") from error

    async def _test(self, account: str, parameters: Parameters) -> Json:
        command_from(self._venue.now(), account, self._symbols.asked(parameters), parameters)
        return {}

    async def _order(self, account: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        try:
            order = self._find(account, listing, parameters)
        except NotFound as error:
            raise no_such_order() from error
        return order_answer(listing.market, order)

    async def _cancel(self, account: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        name = client_order_id(parameters, "newClientOrderId")
        try:
            order = self._find(account, listing, parameters)
        except NotFound as error:
            raise cancel_rejected() from error
        answer = await self._do_cancel(account, listing, order, name)
        if answer is None:
            raise cancel_rejected()
        return answer

    async def _cancel_all(self, account: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        orders = list(listing.history(account).open_orders.values())
        if not orders:
            raise cancel_rejected()
        name = client_order_id(parameters, "newClientOrderId")
        cancels = (self._do_cancel(account, listing, order, name) for order in orders)
        return [answer for answer in await asyncio.gather(*cancels) if answer is not None]

    async def _open_orders(self, account: str, parameters: Parameters) -> Json:
        listings = [self._symbols.asked(parameters)] if "symbol" in parameters else list(self._symbols)
        return [
            order_answer(listing.market, order)
            for listing in listings
            for order in listing.history(account).open_orders.values()
        ]

    async def _all_orders(self, account: str, parameters: Parameters) -> Json:
        listing = self._symbols.asked(parameters)
        orders = asked_orders(listing.history(account).orders, parameters, _DEFAULT_ORDERS, _MOST_ORDERS)
        return [order_answer(listing.market, order) for order in orders]

    async def _do_cancel(self, account: str, listing: Listing, order: Order, name: str) -> Json:
        """Return the answer, None when the order is not open any more."""
        command = CancelOrder(self._venue.now(), account, order.order_id)
        try:
            return await self._venue.do(command, lambda order: cancelled_answer(listing.market, order, name))
        except OrderNotOpen:
            return None

    def _find(self, account: str, listing: Listing, parameters: Parameters) -> Order:
        exchange, symbol = self._venue.exchange, listing.market.symbol
        order_id, name = number(parameters, "orderId"), parameters.get("origClientOrderId")
        if order_id is None:
            if name is None:
                raise missing("orderId")
            return exchange.named_order(account, symbol, name)
        order = exchange.order(account, order_id)
        if order.symbol != symbol or name not in {None, order.client_order_id}:
            raise NotFound(f"order {order_id} does not exist")
        return order


def _weight_of_open_orders(parameters: Parameters) -> int:
    return 6 if "symbol" in parameters else 80
