"""The exchange "little": a market, in memory, and its HTTP API on loopback."""

import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEY, SECRET = "little-key-7c1f", "little-secret-93ab"
PAGE = 50
_GRID = Decimal("0.01")


class No(Exception):
    """Little's refusal: a code and what it means."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class LittleOrder:
    id: int
    client_id: str
    side: str
    price: Decimal
    quantity: Decimal
    time_ms: int
    filled: Decimal = Decimal(0)
    state: str = "open"

    @property
    def left(self) -> Decimal:
        return self.quantity - self.filled if self.state == "open" else Decimal(0)


@dataclass
class Market:
    """One account's orders; what others do to them takes effect at once, best price first and the oldest of a price."""

    clock: Callable[[], int] = now_ms
    tokens: Decimal = Decimal(1_000_000)
    orders: list[LittleOrder] = field(default_factory=list)
    trades: list[dict[str, Any]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def place(self, client_id: str, side: str, price: Decimal, quantity: Decimal) -> LittleOrder:
        if price <= 0 or quantity <= 0 or price % _GRID or quantity % _GRID:
            raise No(HTTPStatus.BAD_REQUEST, "off_grid", "prices and quantities are multiples of 0.01")
        if client_id and any(order.client_id == client_id for order in self.orders):
            raise No(HTTPStatus.CONFLICT, "duplicate_id", f"there is an order {client_id}")
        if side == "sell" and quantity > self.tokens - self.on_orders():
            raise No(HTTPStatus.BAD_REQUEST, "too_little", "the account does not hold that much")
        self.orders.append(LittleOrder(len(self.orders) + 1, client_id, side, price, quantity, self.clock()))
        return self.orders[-1]

    def cancel(self, order: LittleOrder) -> None:
        if order.state != "open":
            raise No(HTTPStatus.CONFLICT, "not_open", f"the order is {order.state}")
        order.state = "cancelled"

    def find(self, order_id: str) -> LittleOrder:
        found = next((order for order in self.orders if str(order.id) == order_id), None)
        if found is None:
            raise No(HTTPStatus.NOT_FOUND, "no_such_order", f"there is no order {order_id}")
        return found

    def on_orders(self) -> Decimal:
        return sum((order.left for order in self.orders if order.side == "sell"), Decimal(0))

    def take(self, side: str, quantity: Decimal, price: Decimal) -> None:
        """Have others execute our orders of a side, none at a price worse to them than this one."""
        with self.lock:
            sign, time_ms = (1 if side == "sell" else -1), self.clock()
            for order in sorted(self.orders, key=lambda each: sign * each.price):
                part = min(quantity, order.left)
                if part > 0 and order.side == side and sign * order.price <= sign * price:
                    quantity -= part
                    self._execute(order, part, time_ms)

    def _execute(self, order: LittleOrder, part: Decimal, time_ms: int) -> None:
        order.filled += part
        order.state = "filled" if order.filled == order.quantity else "open"
        self.tokens -= part if order.side == "sell" else -part
        trade = {"id": len(self.trades) + 1, "order": order.id, "side": order.side, "time_ms": time_ms}
        self.trades.append({**trade, "price": order.price, "quantity": part, "fee": "0"})


class LittleServer(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.market = Market()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def _serve(self) -> None:
        assert isinstance(self.server, LittleServer)
        market = self.server.market
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        try:
            with market.lock:
                status, answer = HTTPStatus.OK, self._answer(market, body)
        except No as no:
            status, answer = no.status, {"code": no.code, "message": str(no)}
        content = json.dumps(answer, default="{:f}".format).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, market: Market, body: str) -> dict[str, Any]:
        url = urlsplit(self.path)
        if url.path == "/v1/time":
            return {"time_ms": now_ms()}
        self._check_signature(body)
        query = dict(parse_qsl(url.query))
        order_id = unquote(url.path.removeprefix("/v1/orders/"))
        match self.command, url.path:
            case "GET", "/v1/balance":
                return {"available": market.tokens - market.on_orders(), "on_orders": market.on_orders()}
            case "GET", "/v1/trades":
                from_ms = int(query["from_ms"])
                return _page([each for each in market.trades if each["time_ms"] >= from_ms], query)
            case "GET", "/v1/orders":
                wanted = {name: query[name] for name in ("state", "client_id") if name in query}
                return _page([vars(each) for each in market.orders if wanted.items() <= vars(each).items()], query)
            case "POST", "/v1/orders":
                fields = json.loads(body)
                price, quantity = Decimal(fields["price"]), Decimal(fields["quantity"])
                return vars(market.place(fields["client_id"], fields["side"], price, quantity))
            case "DELETE", _:
                market.cancel(market.find(order_id))
        return vars(market.find(order_id))

    def _check_signature(self, body: str) -> None:
        time_ms, url = self.headers.get("Little-Time", "0"), urlsplit(self.path)
        signed = f"{time_ms}\n{self.command}\n{url.path}\n{url.query}\n{body}"
        signature = hmac.digest(SECRET.encode(), signed.encode(), "sha256").hex()
        if (self.headers.get("Little-Key"), self.headers.get("Little-Signature")) != (KEY, signature):
            raise No(HTTPStatus.UNAUTHORIZED, "bad_key", f"key {self.headers.get('Little-Key')} did not sign this")
        if abs(now_ms() - int(time_ms)) > 5000:
            raise No(HTTPStatus.BAD_REQUEST, "stale_time", "the request is more than 5 s old or early")

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815  the names http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server's name
        """Keep the test's output clean."""


def _page(items: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    rest = [item for item in items if item["id"] > int(query.get("cursor", 0))]
    return {"items": rest[:PAGE], "cursor": str(rest[PAGE - 1]["id"]) if len(rest) > PAGE else ""}


@contextmanager
def little_server() -> Iterator[LittleServer]:
    with LittleServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
