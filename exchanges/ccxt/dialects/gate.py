"""Gate. Source: https://www.gate.com/docs/developers/apiv4/ ."""

from collections.abc import Iterator, Sequence
from itertools import count

from exchanges.ccxt.client_order_ids import Prefixed
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw, ccxt

_TRADES_PAGE, _ORDERS_PAGE = 1000, 100
_SECOND_MS = 1000


def _listing(rows: Sequence[Raw], number: int, page: int) -> Listing:
    return Listing(rows, len(rows), str(number + 1) if len(rows) >= page else "")


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, cursor: str) -> Listing:
    number = int(cursor or 1)
    rows = client.privateSpotGetMyTrades(
        {
            "currency_pair": market["id"],
            "from": start_ms // _SECOND_MS,
            "to": end_ms // _SECOND_MS,
            "limit": _TRADES_PAGE,
            "page": number,
        }
    )
    return _listing(rows, number, _TRADES_PAGE)


def _orders(client: Ccxt, market: Raw, status: str, number: int, **more: int) -> Listing:
    asked = {"currency_pair": market["id"], "status": status, "page": number, "limit": _ORDERS_PAGE}
    return _listing(client.privateSpotGetOrders(asked | more), number, _ORDERS_PAGE)


def _open_orders(client: Ccxt, market: Raw, cursor: str) -> Listing:
    return _orders(client, market, "open", int(cursor or 1))


def _order(client: Ccxt, market: Raw, order_id: str) -> Raw:
    row: Raw = client.privateSpotGetOrdersOrderId({"order_id": order_id, "currency_pair": market["id"]})
    return row


def _find(client: Ccxt, market: Raw, wire_id: str, placed_after_ms: int) -> Sequence[Raw]:
    # By its text an order is found while it is open, and for a while after; then only in the list.
    try:
        return [_order(client, market, wire_id)]
    except ccxt().OrderNotFound:
        return [row for row in _finished(client, market, placed_after_ms) if row.get("text") == wire_id]


def _finished(client: Ccxt, market: Raw, since_ms: int) -> Iterator[Raw]:
    for number in count(1):
        listing = _orders(client, market, "finished", number, **{"from": since_ms // _SECOND_MS})
        yield from listing.items
        if not listing.cursor:
            return


def _cancel(client: Ccxt, market: Raw, order_id: str) -> object:
    return client.privateSpotDeleteOrdersOrderId({"order_id": order_id, "currency_pair": market["id"]})


def _prepare(client: Ccxt) -> None:
    # CCXT takes it for a wrong key.
    client.exceptions["exact"]["REQUEST_EXPIRED"] = ccxt().InvalidNonce


DIALECT = Dialect(
    trades=_trades,
    open_orders=_open_orders,
    order=_order,
    find=_find,
    cancel=_cancel,
    # At most 30 days.
    limits=TradeLimits(window_ms=29 * DAY_MS, full_page=_TRADES_PAGE, grain_ms=_SECOND_MS),
    options={"fetchMarkets": {"types": ["spot"]}, "unifiedAccount": False},
    wire_ids=Prefixed("t-"),
    is_id_written_by_ccxt=True,
    prepare=_prepare,
)
