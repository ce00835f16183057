"""Coinbase Advanced. Source: https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/orders/list-fills and its neighbours."""

from collections.abc import Sequence

from app.domain.balances import Permissions
from exchanges.ccxt.client_order_ids import AsUuids
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw

_PAGE = 100


def _page(cursor: str) -> Raw:
    return {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, cursor: str) -> Listing:
    asked = {
        "product_id": market["id"],
        "start_sequence_timestamp": client.iso8601(start_ms),
        "end_sequence_timestamp": client.iso8601(end_ms),
    }
    answer = client.v3PrivateGetBrokerageOrdersHistoricalFills(asked | _page(cursor))
    rows = answer["fills"] or []
    return Listing(rows, len(rows), str(answer.get("cursor") or "") if len(rows) >= _PAGE else "")


def _orders(client: Ccxt, market: Raw, cursor: str, **more: str) -> Listing:
    asked = {"product_id": market["id"]} | more | _page(cursor)
    answer = client.v3PrivateGetBrokerageOrdersHistoricalBatch(asked)
    rows = answer["orders"] or []
    return Listing(rows, len(rows), str(answer.get("cursor") or "") if answer.get("has_next") else "")


def _open_orders(client: Ccxt, market: Raw, cursor: str) -> Listing:
    return _orders(client, market, cursor, order_status="OPEN")


def _order(client: Ccxt, market: Raw, order_id: str) -> Raw:
    del market
    return client.v3PrivateGetBrokerageOrdersHistoricalOrderId({"order_id": order_id}).get("order") or {}


def _find(client: Ccxt, market: Raw, wire_id: str, placed_after_ms: int) -> Sequence[Raw]:
    found: list[Raw] = []
    cursor = ""
    while True:
        listing = _orders(client, market, cursor, start_date=client.iso8601(placed_after_ms))
        found += [row for row in listing.items if row.get("client_order_id") == wire_id]
        if found or not listing.cursor:
            return found
        cursor = listing.cursor


def _cancel(client: Ccxt, market: Raw, order_id: str) -> object:
    # The answer's success: false may only mean that it is no longer open; the order itself is asked anyway.
    del market
    return client.v3PrivatePostBrokerageOrdersBatchCancel({"order_ids": [order_id]})


def _permissions(client: Ccxt) -> Permissions:
    told = client.v3PrivateGetBrokerageKeyPermissions()
    return Permissions(can_trade=told["can_trade"], can_withdraw=told["can_transfer"])


DIALECT = Dialect(
    trades=_trades,
    open_orders=_open_orders,
    order=_order,
    find=_find,
    cancel=_cancel,
    limits=TradeLimits(window_ms=30 * DAY_MS, full_page=_PAGE),
    options={"fetchBalance": "v3PrivateGetBrokerageAccounts"},
    wire_ids=AsUuids(),
    id_parameter="client_order_id",
    permissions=_permissions,
)
