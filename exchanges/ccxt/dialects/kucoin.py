"""KuCoin, classic spot trade accounts (HF). Source: https://www.kucoin.com/docs-new/rest/spot-trading/orders/get-trade-history ."""

from collections.abc import Sequence

from app.domain.balances import Balance
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw
from exchanges.ccxt.messages import balance_of

_PAGE = 100
_LEAST_PAGE = 20
"""The documented size of a page when none is asked for: should the exchange ignore ours, no row is lost."""

_TRADE_ACCOUNTS = {"trade", "trade_hf"}
"""The account that spot orders are paid from has had both names."""


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, cursor: str) -> Listing:
    asked = {"symbol": market["id"], "startAt": start_ms, "endAt": end_ms, "limit": _PAGE}
    data = client.privateGetHfFills(asked | ({"lastId": cursor} if cursor else {}))["data"] or {}
    rows = data.get("items") or []
    return Listing(rows, len(rows), str(data["lastId"]) if len(rows) >= _LEAST_PAGE else "")


def _open_orders(client: Ccxt, market: Raw, cursor: str) -> Listing:
    del cursor
    rows = client.privateGetHfOrdersActive({"symbol": market["id"]})["data"] or []
    return Listing(rows, len(rows))


def _order(client: Ccxt, market: Raw, order_id: str) -> Raw:
    asked = {"symbol": market["id"], "orderId": order_id}
    return client.privateGetHfOrdersOrderId(asked).get("data") or {}


def _find(client: Ccxt, market: Raw, wire_id: str, placed_after_ms: int) -> Sequence[Raw]:
    del placed_after_ms
    asked = {"symbol": market["id"], "clientOid": wire_id}
    row = client.privateGetHfOrdersClientOrderClientOid(asked).get("data")
    return [row] if row else []


def _cancel(client: Ccxt, market: Raw, order_id: str) -> object:
    return client.privateDeleteHfOrdersOrderId({"symbol": market["id"], "orderId": order_id})


def _balance(client: Ccxt, market: Raw) -> Balance:
    rows = client.privateGetAccounts({"currency": market["baseId"]})["data"]
    traded = [row for row in rows if row["type"] in _TRADE_ACCOUNTS and row["currency"] == market["baseId"]]
    parts = [balance_of({"it": {"free": row["available"], "used": row["holds"]}}, "it") for row in traded]
    return Balance(sum(part.available_napu for part in parts), sum(part.on_orders_napu for part in parts))


DIALECT = Dialect(
    trades=_trades,
    open_orders=_open_orders,
    order=_order,
    find=_find,
    cancel=_cancel,
    # At most 7 days.
    limits=TradeLimits(window_ms=7 * DAY_MS - 1000, full_page=_LEAST_PAGE),
    options={"uta": False, "hf": True, "fetchMarkets": {"types": ["spot"]}},
    market_params={"fetchTickersFees": False, "marginables": False},
    needs_password=True,
    balance=_balance,
)
