"""Kraken. Source: https://docs.kraken.com/api/docs/rest-api/get-trade-history and its neighbours."""

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from time import time_ns

from exchanges.call_budget import Window
from exchanges.ccxt.client_order_ids import AsUuids
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw

_PAGE = 50
_SECOND_MS = 1000


class _Counter:
    """Numbers that only rise: the exchange refuses one that is not above the key's last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next(self) -> int:
        # Milliseconds would be used up when several threads call at once.
        with self._lock:
            self._last = max(self._last + 1, time_ns() // 1000)
            return self._last


_counter = _Counter()


def _rows(result: Mapping[str, Raw] | None) -> Iterable[Raw]:
    for row_id, row in (result or {}).items():
        yield row | {"id": row_id}


def _is_of(market: Raw, pair: object) -> bool:
    return pair in {market["id"], market["altname"]}


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, cursor: str) -> Listing:
    offset = int(cursor or 0)
    asked = {
        "start": start_ms // _SECOND_MS,
        "end": end_ms // _SECOND_MS,
        "ofs": offset,
        "consolidate_taker": "false",
    }
    result = client.privatePostTradesHistory(asked)["result"]
    # All markets', newest first.
    rows = list(_rows(result["trades"]))
    seen = offset + len(rows)
    cursor = str(seen) if rows and seen < int(result["count"]) else ""
    return Listing([row for row in rows if _is_of(market, row["pair"])], len(rows), cursor)


def _open_orders(client: Ccxt, market: Raw, cursor: str) -> Listing:
    del cursor
    rows = list(_rows(client.privatePostOpenOrders({})["result"]["open"]))
    return Listing([row for row in rows if _is_of(market, row["descr"]["pair"])], len(rows))


def _order(client: Ccxt, market: Raw, order_id: str) -> Raw:
    del market
    result = client.privatePostQueryOrders({"txid": order_id})["result"]
    return next((row for row in _rows(result) if row["id"] == order_id), {})


def _find(client: Ccxt, market: Raw, wire_id: str, placed_after_ms: int) -> Sequence[Raw]:
    del market
    # Open ones first: an order only ever moves from there to the others, so none can slip through.
    is_open = client.privatePostOpenOrders({"cl_ord_id": wire_id})["result"]["open"]
    asked = {"cl_ord_id": wire_id, "start": placed_after_ms // _SECOND_MS}
    closed = client.privatePostClosedOrders(asked)["result"]["closed"]
    found = {row["id"]: row for row in (*_rows(is_open), *_rows(closed)) if row.get("cl_ord_id") == wire_id}
    return list(found.values())


def _cancel(client: Ccxt, market: Raw, order_id: str) -> object:
    del market
    return client.privatePostCancelOrder({"txid": order_id})


def _prepare(client: Ccxt) -> None:
    client.incrementing_nonce = _counter.next


DIALECT = Dialect(
    trades=_trades,
    open_orders=_open_orders,
    order=_order,
    find=_find,
    cancel=_cancel,
    limits=TradeLimits(window_ms=30 * DAY_MS, full_page=_PAGE, grain_ms=_SECOND_MS),
    wire_ids=AsUuids(),
    prepare=_prepare,
    # The counter of the lowest tier: at most 15, of which a call takes 1 and our trades 2; it falls by one in 3 s. CCXT
    # counts thirds.
    weight_per_cost=1,
    windows=(Window(45, 45),),
)
