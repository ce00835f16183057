"""Bybit, unified accounts. Source: https://bybit-exchange.github.io/docs/v5/order/execution and its neighbours."""

from collections.abc import Sequence

from app.domain.balances import Permissions
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw

_TRADES_PAGE, _ORDERS_PAGE = 100, 50


def _spot(market: Raw, **more: object) -> Raw:
    return {"category": "spot", "symbol": market["id"]} | {name: value for name, value in more.items() if value != ""}


def _listing(result: Raw, page: int) -> Listing:
    rows = result["list"] or []
    # The cursor is set on the last page, too.
    cursor = str(result.get("nextPageCursor") or "") if len(rows) >= page else ""
    return Listing(rows, len(rows), cursor)


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, cursor: str) -> Listing:
    asked = _spot(market, startTime=start_ms, endTime=end_ms, limit=_TRADES_PAGE, cursor=cursor)
    listing = _listing(client.privateGetV5ExecutionList(asked)["result"], _TRADES_PAGE)
    traded = [row for row in listing.items if row.get("execType", "Trade") == "Trade"]
    return Listing(traded, listing.size, listing.cursor)


def _open_orders(client: Ccxt, market: Raw, cursor: str) -> Listing:
    asked = _spot(market, openOnly=0, limit=_ORDERS_PAGE, cursor=cursor)
    return _listing(client.privateGetV5OrderRealtime(asked)["result"], _ORDERS_PAGE)


def _look_up(client: Ccxt, asked: Raw) -> Sequence[Raw]:
    # The first knows what is open and the last few that closed; the second, some seconds later, all that closed.
    for call in (client.privateGetV5OrderRealtime, client.privateGetV5OrderHistory):
        if rows := call(asked)["result"]["list"]:
            found: Sequence[Raw] = rows
            return found
    return []


def _order(client: Ccxt, market: Raw, order_id: str) -> Raw:
    rows = _look_up(client, _spot(market, orderId=order_id))
    return rows[0] if rows else {}


def _find(client: Ccxt, market: Raw, wire_id: str, placed_after_ms: int) -> Sequence[Raw]:
    del placed_after_ms
    return _look_up(client, _spot(market, orderLinkId=wire_id))


def _cancel(client: Ccxt, market: Raw, order_id: str) -> object:
    return client.privatePostV5OrderCancel(_spot(market, orderId=order_id))


def _permissions(client: Ccxt) -> Permissions:
    told = client.privateGetV5UserQueryApi()["result"]
    granted = told["permissions"]
    return Permissions(
        can_trade=str(told["readOnly"]) == "0" and "SpotTrade" in granted.get("Spot", []),
        can_withdraw="Withdraw" in granted.get("Wallet", []),
    )


DIALECT = Dialect(
    trades=_trades,
    open_orders=_open_orders,
    order=_order,
    find=_find,
    cancel=_cancel,
    # At most 7 days; a call asks for a millisecond more at either end.
    limits=TradeLimits(window_ms=7 * DAY_MS - 1000, full_page=_TRADES_PAGE),
    options={
        "fetchMarkets": {"types": ["spot"]},
        "enableUnifiedMargin": False,
        "enableUnifiedAccount": True,
        "unifiedMarginStatus": 6,
    },
    permissions=_permissions,
)
