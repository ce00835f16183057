"""A market as Bitmart's v2 API shows it, in bytes; its pages are small, so that lists have several."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import unquote

from app.domain.fills import Side
from app.domain.money import format_dollars, format_ndau, parse_dollars, parse_ndau
from app.domain.offers import Level
from app.domain.orders import OrderState
from exchanges.bitmart.client import Listing
from exchanges.milliseconds import milliseconds_of
from tests.simulation.faults import Fault, Luck
from tests.simulation.market import MarketOrder, MarketTrade, SimulatedMarket
from tests.simulation.network import Answer, Call, form_of

EntryT = TypeVar("EntryT")

_STATUS_OF_STATE = {OrderState.FILLED: "3", OrderState.CANCELLED: "4"}
_OLDEST_TIMESTAMP_MS = 30_000
_TOKEN_SECONDS = 900


class BitmartServer:
    """Answers calls of our account."""

    def __init__(self, market: SimulatedMarket, page_size: int) -> None:
        self.market = market
        self._page_size = page_size
        self._tokens = 0
        self._good_token = ""
        self._length_before: dict[str, int] = {}

    def serve(self, call: Call) -> Answer:
        """Answer a call."""
        if call.path == "/v2/time":
            return Answer.json({"server_time": milliseconds_of(self.market.now())})
        if call.path == "/v2/authentication":
            self._tokens += 1
            self._good_token = f"token-{self._tokens}"
            return Answer.json({"access_token": self._good_token, "expires_in": _TOKEN_SECONDS})
        return self._denial(call) or self._private(call)

    def _denial(self, call: Call) -> Answer | None:
        strikes = self.market.dice.strikes
        if strikes(Fault.RATE_LIMIT):
            return Answer(429, b'{"message": "too many requests"}', {"Retry-After": "1"})
        if strikes(Fault.TOKEN_ENDED):
            return Answer.json({"message": "invalid access token"}, 401)
        if not call.headers["X-BM-AUTHORIZATION"].startswith("Bearer token-"):
            return Answer.json({"message": "invalid access token"}, 401)
        age_ms = milliseconds_of(self.market.now()) - int(call.headers["X-BM-TIMESTAMP"])
        if age_ms > _OLDEST_TIMESTAMP_MS:
            return Answer.json({"message": "timestamp is too old"}, 400)
        return None

    def _private(self, call: Call) -> Answer:
        match call.method, call.path.removeprefix("/v2/").split("/"):
            case "POST", ["orders"]:
                return self._place(call)
            case "GET", ["orders"]:
                return self._orders(call)
            case "GET", ["trades"]:
                return self._trades(call)
            case "GET", ["orders", order_id]:
                order = self.market.orders.get(int(unquote(order_id)))
                return Answer.json(self._order(order)) if order else _unknown()
            case "DELETE", ["orders", order_id]:
                return self._cancel(int(unquote(order_id)))
        return Answer.json({"message": "no such call"}, 404)

    def _place(self, call: Call) -> Answer:
        fields = form_of(call)
        level = Level(parse_dollars(fields["price"]), parse_ndau(fields["amount"]))
        order = self.market.place(call.offer, Side(fields["side"]), level)
        return Answer.json({"entrust_id": order.order_id})

    def _cancel(self, order_id: int) -> Answer:
        order = self.market.orders.get(order_id)
        if order is None:
            return _unknown()
        if order.state is not OrderState.OPEN:
            return Answer.json({"message": "order is no longer open"}, 400)
        self.market.cancel(order)
        return Answer.json({})

    def _orders(self, call: Call) -> Answer:
        status = call.fields["status"]
        orders = [o for o in self.market.shown_orders() if _status(o) == status]
        page, total = self._page(call, f"orders {status}", orders)
        return Answer.json({"orders": [self._order(o) for o in page], "total_pages": total})

    def _trades(self, call: Call) -> Answer:
        trades = sorted(self.market.listed, key=lambda each: (each.executed_at, each.trade_id))
        page, total = self._page(call, "trades", trades)
        return Answer.json({"trades": [self._trade(trade) for trade in page], "total_pages": total})

    def _page(self, call: Call, name: str, entries: Sequence[EntryT]) -> tuple[Sequence[EntryT], int]:
        number, size = int(call.fields["offset"]), min(int(call.fields["limit"]), self._page_size)
        if number > 0 and self._length_before.get(name) != len(entries):
            self.market.dice.saw(Luck.SHIFTED_PAGE)
        self._length_before[name] = len(entries)
        end = len(entries) - number * size
        return list(reversed(entries[max(0, end - size) : max(0, end)])), -(-len(entries) // size)

    def _order(self, order: MarketOrder) -> dict[str, object]:
        return {
            "entrust_id": order.order_id,
            "symbol": self.market.market.symbol,
            "timestamp": milliseconds_of(order.placed_at),
            "side": order.side.value,
            "price": format_dollars(order.level.price_nanocents),
            "fees": "0",
            "original_amount": format_ndau(order.level.quantity_napu),
            "executed_amount": format_ndau(order.filled_napu),
            "remaining_amount": format_ndau(order.level.quantity_napu - order.filled_napu),
            "status": _STATUS_OF_STATE.get(order.state, "2" if order.filled_napu else "1"),
        }

    def _trade(self, trade: MarketTrade) -> dict[str, object]:
        return {
            "symbol": self.market.market.symbol,
            "amount": format_ndau(trade.quantity_napu),
            "fees": "0.01",
            "trade_id": trade.trade_id,
            "price": format_dollars(trade.order.level.price_nanocents),
            "active": False,
            "entrust_id": trade.order.order_id,
            "timestamp": milliseconds_of(trade.executed_at),
        }


def _status(order: MarketOrder) -> str:
    return _STATUS_OF_STATE.get(order.state, Listing.OPEN.value)


def _unknown() -> Answer:
    return Answer.json({"message": "no such order"}, 404)
