"""The calls that need a key: authentication, wallet, orders and trades of the calling account."""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from venue.gateway.bitmart import calls
from venue.gateway.bitmart.answers import (
    answer,
    newest_page,
    order_answer,
    trade_answer,
    wallet_answer,
)
from venue.gateway.bitmart.calls import Doorkeeper
from venue.gateway.bitmart.errors import bad_request
from venue.gateway.bitmart.tokens import TokenOffice
from venue.history import History
from venue.matching.orders import Order, Side, Status, TimeInForce
from venue.service import Venue

_ORDERS_AT: dict[str, Callable[[History], Sequence[Order]]] = {
    "1": lambda history: history.open_at(Status.PENDING),
    "2": lambda history: history.open_at(Status.PARTIALLY_FILLED),
    "3": lambda history: history.filled,
    "4": lambda history: history.cancelled,
    "5": lambda history: history.open_at(Status.PENDING, Status.PARTIALLY_FILLED),
}


class PrivateCalls:
    """The calls of one venue that need a key."""

    def __init__(self, venue: Venue, tokens: TokenOffice, doorkeeper: Doorkeeper) -> None:
        self._venue = venue
        self._tokens = tokens
        self._doorkeeper = doorkeeper

    def routes(self) -> list[Route]:
        """Return the HTTP routes."""
        one = "/v2/orders/{entrust_id}"
        return [
            Route("/v2/authentication", self._authenticate, methods=["POST"]),
            Route("/v2/wallet", self._wallet, methods=["GET"]),
            Route("/v2/orders", self._place_order, methods=["POST"]),
            Route("/v2/orders", self._orders, methods=["GET"]),
            Route(one, self._order, methods=["GET"]),
            Route(one, self._cancel_order, methods=["DELETE"]),
            Route("/v2/trades", self._trades, methods=["GET"]),
        ]

    async def _authenticate(self, request: Request) -> Response:
        self._doorkeeper.visitor(request)
        form = dict(parse_qsl((await calls.body(request)).decode("utf-8", "replace")))
        if calls.required(form, "grant_type") != "client_credentials":
            raise bad_request("grant_type must be client_credentials")
        token = self._tokens.issue(
            calls.required(form, "client_id"), calls.required(form, "client_secret"), self._venue.clock()
        )
        return answer({"access_token": token.text, "expires_in": token.expires_in_seconds})

    async def _wallet(self, request: Request) -> Response:
        account = self._doorkeeper.account(request)
        exchange = self._venue.exchange
        wallet = [wallet_answer(asset, exchange.balance(account.id, asset)) for asset in exchange.assets()]
        return await self._committed(answer(wallet))

    async def _place_order(self, request: Request) -> Response:
        parameters = calls.json_parameters(await calls.body(request))
        account = self._doorkeeper.signed_account(request, parameters)
        market = self._venue.exchange.listing(calls.required(parameters, "symbol")).market
        side = calls.required(parameters, "side")
        if side not in set(Side):
            raise bad_request(f"side must be buy or sell, not {side[:40]!r}")
        order = await self._venue.place_order(
            account.id,
            market.symbol,
            Side(side),
            market.ticks(calls.required(parameters, "price")),
            market.steps(calls.required(parameters, "amount")),
            time_in_force=TimeInForce.GTC,
        )
        return answer({"entrust_id": order.order_id})

    async def _cancel_order(self, request: Request) -> Response:
        entrust_id = request.path_params["entrust_id"]
        account = self._doorkeeper.signed_account(request, {"entrust_id": entrust_id})
        await self._venue.cancel_order(account.id, calls.number(entrust_id, "entrust_id"))
        return answer({})

    async def _order(self, request: Request) -> Response:
        account = self._doorkeeper.account(request)
        exchange = self._venue.exchange
        order = exchange.order(account.id, calls.number(request.path_params["entrust_id"], "entrust_id"))
        return await self._committed(answer(order_answer(exchange.listing(order.symbol).market, order)))

    async def _orders(self, request: Request) -> Response:
        account = self._doorkeeper.account(request)
        parameters = dict(request.query_params)
        listing = self._venue.exchange.listing(calls.required(parameters, "symbol"))
        orders_at = _ORDERS_AT.get(calls.required(parameters, "status"))
        if orders_at is None:
            raise bad_request("status must be 1 pending, 2 partially filled, 3 filled, 4 cancelled or 5 open")
        offset, limit = calls.paging(parameters)
        orders = orders_at(listing.history(account.id))
        page, pages = newest_page(orders, offset, limit)
        return await self._committed(
            answer(
                {
                    "orders": [order_answer(listing.market, order) for order in page],
                    "total_pages": pages,
                    "total_orders": len(orders),
                    "current_page": offset,
                }
            )
        )

    async def _trades(self, request: Request) -> Response:
        account = self._doorkeeper.account(request)
        parameters = dict(request.query_params)
        listing = self._venue.exchange.listing(calls.required(parameters, "symbol"))
        offset, limit = calls.paging(parameters)
        trades = listing.history(account.id).trades
        page, pages = newest_page(trades, offset, limit)
        return await self._committed(
            answer(
                {
                    "total_trades": len(trades),
                    "total_pages": pages,
                    "current_page": offset,
                    "trades": [trade_answer(listing.market, trade) for trade in page],
                }
            )
        )

    async def _committed(self, response: Response) -> Response:
        await self._venue.committed()
        return response
