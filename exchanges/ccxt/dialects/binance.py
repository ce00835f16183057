"""Binance. Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api ."""

from collections.abc import Sequence
from types import MethodType

from app.domain.balances import Permissions
from exchanges.call_budget import Counted, Window
from exchanges.call_rules import paced, windows_of_binance
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw

_PAGE = 1000
_MINUTE = Window(6000, 60)


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, cursor: str) -> Listing:
    # Whether a full page holds the oldest or the newest of its window is not documented, and `fromId` goes with no times.
    del cursor
    rows = client.privateGetMyTrades({"symbol": market["id"], "startTime": start_ms, "endTime": end_ms, "limit": _PAGE})
    return Listing(rows, len(rows))


def _open_orders(client: Ccxt, market: Raw, cursor: str) -> Listing:
    del cursor
    rows = client.privateGetOpenOrders({"symbol": market["id"]})
    return Listing(rows, len(rows))


def _order(client: Ccxt, market: Raw, order_id: str) -> Raw:
    row: Raw = client.privateGetOrder({"symbol": market["id"], "orderId": order_id})
    return row


def _find(client: Ccxt, market: Raw, wire_id: str, placed_after_ms: int) -> Sequence[Raw]:
    del placed_after_ms
    return [client.privateGetOrder({"symbol": market["id"], "origClientOrderId": wire_id})]


def _cancel(client: Ccxt, market: Raw, order_id: str) -> object:
    return client.privateDeleteOrder({"symbol": market["id"], "orderId": order_id})


def _permissions(client: Ccxt) -> Permissions:
    told = client.sapiGetAccountApiRestrictions()
    return Permissions(can_trade=told["enableSpotAndMarginTrading"], can_withdraw=told["enableWithdrawals"])


def _told_windows(answer: object) -> tuple[Window, ...]:
    told = windows_of_binance(answer["rateLimits"]) if isinstance(answer, dict) else ()
    return told + tuple(
        paced(each) for each in told if each.counted is Counted.WEIGHT and each.seconds >= _MINUTE.seconds
    )


def _prepare(client: Ccxt) -> None:
    # CCXT chooses the meaning of an error by the host of the call, which need not be Binance's own.
    def spot_errors(client: Ccxt, _url: str | None, kind: str) -> Raw:
        errors: Raw = client.exceptions["spot"].get(kind, {})
        return errors

    client.get_exceptions_by_url = MethodType(spot_errors, client)
    # After the first success CCXT takes a refused key for a call too many, and a withdrawn key must be known as one.
    client.request = client.fetch2


DIALECT = Dialect(
    trades=_trades,
    open_orders=_open_orders,
    order=_order,
    find=_find,
    cancel=_cancel,
    # At most 24 hours; a call asks for a millisecond more at either end.
    limits=TradeLimits(window_ms=DAY_MS - 1000, full_page=_PAGE, has_cursor=False),
    options={"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "recvWindow": 5000},
    permissions=_permissions,
    prepare=_prepare,
    weight_per_cost=5,
    windows=(_MINUTE, paced(_MINUTE), Window(50, 10, Counted.ORDERS)),
    told_windows=_told_windows,
    used_header="x-mbx-used-weight-1m",
)
