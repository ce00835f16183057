"""A trader's client of a venue's Binance gateway: synchronous, for one thread."""

import json
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlencode

import requests

from venue.client import CallFailed, VenueUnreachable
from venue.client_records import Depth, DepthLevel, Holding, OwnTrade, PlacedOrder
from venue.gateway.binance.signatures import signature

_TIMEOUT_SECONDS = 10
_PAGE = 1000
_STATUSES = {"NEW": 1, "PARTIALLY_FILLED": 2, "FILLED": 3, "CANCELED": 4, "EXPIRED": 4}


class BinanceTraderClient:
    """One account on one venue, in one market, named BASE_QUOTE. Close it, or use it as a context manager.

    Every method raises VenueUnreachable or CallFailed.
    """

    def __init__(self, endpoint: str, *, access: str, secret: str, symbol: str) -> None:
        self.symbol = symbol
        self._name = symbol.replace("_", "")
        self._endpoint = endpoint.rstrip("/")
        self._secret = secret
        self._session = requests.Session()
        # A trader on this machine must not be sent through a proxy that the environment names.
        self._session.trust_env = False
        self._session.headers["X-MBX-APIKEY"] = access

    def balances(self) -> dict[str, Holding]:
        """Return what the account has, by asset."""
        return {
            entry["asset"]: Holding(Decimal(entry["free"]), Decimal(entry["locked"]))
            for entry in self._signed("GET", "/api/v3/account")["balances"]
        }

    def depth(self) -> Depth:
        """Return the best levels of the book."""
        answer = self._send("GET", "/api/v3/depth", urlencode({"symbol": self._name}))
        return Depth(_levels_from(answer["bids"]), _levels_from(answer["asks"]))

    def place(self, side: str, price: Decimal, amount: Decimal) -> int:
        """Place a limit order, "buy" or "sell"; return its id."""
        answer = self._signed(
            "POST",
            "/api/v3/order",
            symbol=self._name,
            side=side.upper(),
            type="LIMIT",
            timeInForce="GTC",
            price=f"{price:f}",
            quantity=f"{amount:f}",
            newOrderRespType="ACK",
        )
        return int(answer["orderId"])

    def cancel(self, order_id: int) -> None:
        """Cancel what remains of an order."""
        self._signed("DELETE", "/api/v3/order", symbol=self._name, orderId=str(order_id))

    def order(self, order_id: int) -> PlacedOrder:
        """Return one order."""
        return _order_from(self._signed("GET", "/api/v3/order", symbol=self._name, orderId=str(order_id)))

    def open_orders(self) -> list[PlacedOrder]:
        """Return the account's open orders, newest first."""
        answer = self._signed("GET", "/api/v3/openOrders", symbol=self._name)
        return [_order_from(entry) for entry in reversed(answer)]

    def trades(self, *, limit: int = 100) -> list[OwnTrade]:
        """Return the account's newest trades, newest first, at most 1000."""
        answer = self._signed("GET", "/api/v3/myTrades", symbol=self._name, limit=str(limit))
        return [_trade_from(entry) for entry in reversed(answer)]

    def all_trades(self) -> Iterator[OwnTrade]:
        """Yield every trade of the account, oldest first."""
        next_id = 0
        while True:
            page = self._signed("GET", "/api/v3/myTrades", symbol=self._name, fromId=str(next_id), limit=str(_PAGE))
            yield from map(_trade_from, page)
            if len(page) < _PAGE:
                return
            next_id = page[-1]["id"] + 1

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _signed(self, method: str, path: str, **parameters: str) -> Any:
        parameters["timestamp"] = str(time.time_ns() // 1_000_000)
        payload = urlencode(parameters)
        return self._send(method, path, f"{payload}&signature={signature(self._secret, payload.encode())}")

    def _send(self, method: str, path: str, query: str) -> Any:
        try:
            response = self._session.request(
                method, f"{self._endpoint}{path}?{query}", timeout=_TIMEOUT_SECONDS, allow_redirects=False
            )
            answer = json.loads(response.content)
        except (requests.RequestException, ValueError) as error:
            raise VenueUnreachable(f"{method} {self._endpoint}{path}: {type(error).__name__}") from error
        if response.status_code != HTTPStatus.OK:
            raise CallFailed(response.status_code, str(answer.get("msg", "")))
        return answer


def _levels_from(entries: list[list[str]]) -> tuple[DepthLevel, ...]:
    return tuple(DepthLevel(Decimal(price), Decimal(amount)) for price, amount in entries)


def _order_from(entry: Mapping[str, Any]) -> PlacedOrder:
    amount, executed = Decimal(entry["origQty"]), Decimal(entry["executedQty"])
    return PlacedOrder(
        order_id=entry["orderId"],
        side=entry["side"].lower(),
        price=Decimal(entry["price"]),
        amount=amount,
        executed=executed,
        remaining=amount - executed,
        fees=None,
        status=_STATUSES[entry["status"]],
        timestamp_ms=entry["time"],
    )


def _trade_from(entry: Mapping[str, Any]) -> OwnTrade:
    return OwnTrade(
        trade_id=entry["id"],
        order_id=entry["orderId"],
        price=Decimal(entry["price"]),
        amount=Decimal(entry["qty"]),
        fees=Decimal(entry["commission"]),
        timestamp_ms=entry["time"],
    )
