"""A trader's client of a venue's Bitmart gateway: synchronous, for one thread."""

import json
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Self

import requests

from venue.client_records import (
    Depth,
    Holding,
    OwnTrade,
    PlacedOrder,
    levels_from,
    order_from,
    trade_from,
)
from venue.errors import VenueError
from venue.gateway.bitmart.signatures import client_secret, message_of, signature

_TIMEOUT_SECONDS = 10
_PAGE = 1000
# A token is renewed this long before its end, so that none ends between being looked at and arriving.
_RENEWAL_SECONDS = 5


class VenueUnreachable(VenueError):
    """The venue gave no answer; what a call that changes something did is not known."""


class CallFailed(VenueError):
    """The venue refused a call, in its own words.

    `status` is the HTTP status: below 500 nothing was done, from 500 on the outcome is not known.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class TraderClient:
    """One account on one venue. Close it, or use it as a context manager.

    Every method raises VenueUnreachable or CallFailed.
    """

    def __init__(self, endpoint: str, *, access: str, secret: str, memo: str, symbol: str) -> None:
        self.symbol = symbol
        self._endpoint = endpoint.rstrip("/")
        self._access = access
        self._secret = secret
        self._memo = memo
        self._session = requests.Session()
        # A trader on this machine must not be sent through a proxy that the environment names.
        self._session.trust_env = False
        self._token = ""
        self._token_ends = 0.0

    def balances(self) -> dict[str, Holding]:
        """Return what the account has, by asset."""
        return {
            entry["id"]: Holding(Decimal(entry["available"]), Decimal(entry["frozen"]))
            for entry in self._call("GET", "/v2/wallet")
        }

    def depth(self) -> Depth:
        """Return the best levels of the book."""
        answer = self._send("GET", f"/v2/symbols/{self.symbol}/orders")
        return Depth(levels_from(answer["buys"]), levels_from(answer["sells"]))

    def place(self, side: str, price: Decimal, amount: Decimal) -> int:
        """Place a limit order, "buy" or "sell"; return its id."""
        parameters = {"symbol": self.symbol, "side": side, "price": f"{price:f}", "amount": f"{amount:f}"}
        answer = self._call("POST", "/v2/orders", signed=parameters, content=json.dumps(parameters))
        return int(answer["entrust_id"])

    def cancel(self, order_id: int) -> None:
        """Cancel what remains of an order."""
        self._call("DELETE", f"/v2/orders/{order_id}", signed={"entrust_id": str(order_id)})

    def order(self, order_id: int) -> PlacedOrder:
        """Return one order."""
        return order_from(self._call("GET", f"/v2/orders/{order_id}"))

    def orders(self, status: int, *, page: int = 0, limit: int = 100) -> list[PlacedOrder]:
        """Return a page of the account's orders at a status, newest first; status 5 means open."""
        query = {"symbol": self.symbol, "status": str(status), "offset": str(page), "limit": str(limit)}
        return [order_from(entry) for entry in self._call("GET", "/v2/orders", query=query)["orders"]]

    def open_orders(self) -> list[PlacedOrder]:
        """Return the account's newest open orders, at most 1000."""
        return self.orders(5, limit=1000)

    def trades(self, *, page: int = 0, limit: int = 100) -> list[OwnTrade]:
        """Return a page of the account's trades, newest first."""
        query = {"symbol": self.symbol, "offset": str(page), "limit": str(limit)}
        return [trade_from(entry) for entry in self._call("GET", "/v2/trades", query=query)["trades"]]

    def all_trades(self) -> Iterator[OwnTrade]:
        """Yield every trade of the account, newest first; one that happens meanwhile may show an older one twice."""
        page = 0
        while trades := self.trades(page=page, limit=_PAGE):
            yield from trades
            page += 1

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(
        self,
        method: str,
        path: str,
        *,
        signed: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        content: str | None = None,
    ) -> Any:
        try:
            return self._send(method, path, headers=self._headers(signed), query=query, content=content)
        except CallFailed as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
            # The venue was restarted and forgot the token; nothing was done, so the call may be made again.
            self._token_ends = 0.0
            return self._send(method, path, headers=self._headers(signed), query=query, content=content)

    def _headers(self, signed: Mapping[str, str] | None) -> dict[str, str]:
        if time.monotonic() >= self._token_ends:
            self._authenticate()
        headers = {
            "X-BM-AUTHORIZATION": f"Bearer {self._token}",
            "X-BM-TIMESTAMP": str(time.time_ns() // 1_000_000),
            "Content-Type": "application/json",
        }
        if signed is not None:
            headers["X-BM-SIGNATURE"] = signature(self._secret, message_of(signed))
        return headers

    def _authenticate(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._access,
            "client_secret": client_secret(self._access, self._secret, self._memo),
        }
        answer = self._send("POST", "/v2/authentication", content=form)
        self._token = answer["access_token"]
        self._token_ends = time.monotonic() + max(0, int(answer["expires_in"]) - _RENEWAL_SECONDS)

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        content: str | Mapping[str, str] | None = None,
    ) -> Any:
        try:
            response = self._session.request(
                method,
                self._endpoint + path,
                headers=headers,
                params=query,
                data=content,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            answer = json.loads(response.content, parse_float=Decimal)
        except (requests.RequestException, ValueError) as error:
            raise VenueUnreachable(f"{method} {self._endpoint}{path}: {error}") from error
        if response.status_code != HTTPStatus.OK:
            raise CallFailed(response.status_code, str(answer.get("message", "")))
        return answer
