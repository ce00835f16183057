"""OKX. Source: https://www.okx.com/docs-v5/en/#order-book-trading-trade ."""

from collections.abc import Sequence

from app.domain.balances import Permissions
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw, ccxt

_PAGE = 100


def _listing(rows: Sequence[Raw], id_name: str) -> Listing:
    # Newest first; the next page comes after, so is older than, an id.
    return Listing(rows, len(rows), str(rows[-1][id_name]) if len(rows) >= _PAGE else "")


def _page(market: Raw, cursor: str) -> Raw:
    return {"instType": "SPOT", "instId": market["id"], "limit": _PAGE} | ({"after": cursor} if cursor else {})


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, cursor: str) -> Listing:
    # The first knows three days and is quick, the second three months.
    is_recent = start_ms > client.nonce() - 2 * DAY_MS
    call = client.privateGetTradeFills if is_recent else client.privateGetTradeFillsHistory
    return _listing(call(_page(market, cursor) | {"begin": start_ms, "end": end_ms})["data"], "billId")


def _open_orders(client: Ccxt, market: Raw, cursor: str) -> Listing:
    return _listing(client.privateGetTradeOrdersPending(_page(market, cursor))["data"], "ordId")


def _order(client: Ccxt, market: Raw, order_id: str) -> Raw:
    row: Raw = client.privateGetTradeOrder({"instId": market["id"], "ordId": order_id})["data"][0]
    return row


def _find(client: Ccxt, market: Raw, wire_id: str, placed_after_ms: int) -> Sequence[Raw]:
    del placed_after_ms
    rows: Sequence[Raw] = client.privateGetTradeOrder({"instId": market["id"], "clOrdId": wire_id})["data"]
    return rows


def _cancel(client: Ccxt, market: Raw, order_id: str) -> object:
    return client.privatePostTradeCancelOrder({"instId": market["id"], "ordId": order_id})


def _permissions(client: Ccxt) -> Permissions:
    granted = str(client.privateGetAccountConfig()["data"][0]["perm"]).split(",")
    return Permissions(can_trade="trade" in granted, can_withdraw="withdraw" in granted)


def _prepare(client: Ccxt) -> None:
    # "This API key doesn't have permission to use this function": CCXT does not know it.
    client.exceptions["exact"]["50120"] = ccxt().PermissionDenied


DIALECT = Dialect(
    trades=_trades,
    open_orders=_open_orders,
    order=_order,
    find=_find,
    cancel=_cancel,
    limits=TradeLimits(window_ms=7 * DAY_MS, full_page=_PAGE),
    options={"fetchMarkets": {"types": ["spot"]}, "createOrder": "privatePostTradeOrder"},
    needs_password=True,
    permissions=_permissions,
    prepare=_prepare,
)
