"""Bitget, classic accounts. Source: https://www.bitget.com/api-doc/spot/trade/Get-Fills and its neighbours."""

from collections.abc import Sequence

from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw

_PAGE = 100


def _listing(rows: Sequence[Raw], id_name: str) -> Listing:
    # Newest first; the next page holds what is older than an id.
    return Listing(rows, len(rows), str(rows[-1][id_name]) if len(rows) >= _PAGE else "")


def _page(market: Raw, cursor: str) -> Raw:
    return {"symbol": market["id"], "limit": _PAGE} | ({"idLessThan": cursor} if cursor else {})


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, cursor: str) -> Listing:
    answer = client.privateSpotGetV2SpotTradeFills(_page(market, cursor) | {"startTime": start_ms, "endTime": end_ms})
    return _listing(answer["data"] or [], "tradeId")


def _open_orders(client: Ccxt, market: Raw, cursor: str) -> Listing:
    answer = client.privateSpotGetV2SpotTradeUnfilledOrders(_page(market, cursor))
    return _listing(answer["data"] or [], "orderId")


def _order(client: Ccxt, market: Raw, order_id: str) -> Raw:
    del market
    rows: Sequence[Raw] = client.privateSpotGetV2SpotTradeOrderInfo({"orderId": order_id})["data"]
    return rows[0] if rows else {}


def _find(client: Ccxt, market: Raw, wire_id: str, placed_after_ms: int) -> Sequence[Raw]:
    del market, placed_after_ms
    return client.privateSpotGetV2SpotTradeOrderInfo({"clientOid": wire_id})["data"] or []


def _cancel(client: Ccxt, market: Raw, order_id: str) -> object:
    return client.privateSpotPostV2SpotTradeCancelOrder({"symbol": market["id"], "orderId": order_id})


DIALECT = Dialect(
    trades=_trades,
    open_orders=_open_orders,
    order=_order,
    find=_find,
    cancel=_cancel,
    # At most 90 days; a third of it keeps clear of the edge.
    limits=TradeLimits(window_ms=30 * DAY_MS, full_page=_PAGE),
    options={"uta": False, "fetchMarkets": {"types": ["spot"]}},
    needs_password=True,
)
