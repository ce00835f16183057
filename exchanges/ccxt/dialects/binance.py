"""Binance. Source: https://developers.binance.com/docs/binance-spot-api-docs/rest-api ."""

from collections.abc import Sequence
from types import MethodType

from app.domain.balances import Permissions
from exchanges.call_budget import Counted, Window
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.library import Ccxt, Raw

_PAGE = 1000


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
    # The second is our own: a minute's weight that is gone within seconds would leave the rest of the minute without. At
    # its 225 in 3 s the minute, with what is counted a little longer than that (a slice of 3 s), comes to less than 4,800.
    windows=(Window(6000, 60), Window(300, 3, reserved=0.25), Window(50, 10, Counted.ORDERS)),
    used_header="x-mbx-used-weight-1m",
)
