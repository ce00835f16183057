"""Any other exchange of CCXT's, known by nothing but what CCXT declares of it.

Nobody has tried whether the declarations are true. What can be noticed is: the answers are taken before CCXT cuts anything
off, a page of a round number of trades counts as cut, and trades outside the time asked for stop the reading.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain

from app.domain.errors import ExchangeUnavailable, InvalidInput
from app.domain.fills import Side
from app.domain.offers import Level
from exchanges.ccxt.client_order_ids import NotKept
from exchanges.ccxt.dialect import DAY_MS, Dialect, Listing, TradeLimits
from exchanges.ccxt.errors import Malformed
from exchanges.ccxt.fill_reader import FillReader, TradePage
from exchanges.ccxt.library import Ccxt, Raw, ccxt
from exchanges.ccxt.messages import id_of, trade_of
from exchanges.position import Position

_CALLS = (
    "createOrder",
    "cancelOrder",
    "fetchOrder",
    "fetchOpenOrders",
    "fetchMyTrades",
    "fetchBalance",
    "fetchMarkets",
)
_IN_KEY_FILES = {"apiKey", "secret", "password", "uid"}
_LEAST_DAYS_BACK = 7
_LONGEST_WINDOW_MS = DAY_MS
"""Whatever is declared: an exchange that allows less than it says may leave out what is older, and tell nobody."""
_CUT_TO_MS = 1000
"""Many exchanges cut times to seconds, and CCXT does not say which."""
_OUTSIDE_MS = 2000
_OPEN_ORDERS = 100


def is_known_to_ccxt(exchange_id: str) -> bool:
    """Tell whether CCXT has such an exchange."""
    return exchange_id in ccxt().exchanges


@cache
def general_dialect(exchange_id: str) -> Dialect:
    """Return a dialect of CCXT's unified calls.

    Raises:
        InvalidInput: what CCXT declares of the exchange is not enough; the message says what is missing.
    """
    made = getattr(ccxt(), exchange_id)()
    for missing in _missing(made):
        raise InvalidInput(f"{exchange_id} cannot be used through CCXT alone: {missing}")
    listed = made.features["spot"]["fetchMyTrades"]
    limits = TradeLimits(
        window_ms=min((listed["untilDays"] or 1) * DAY_MS, _LONGEST_WINDOW_MS) - 10 * _CUT_TO_MS,
        full_page=listed["limit"],
        grain_ms=_CUT_TO_MS,
        has_cursor=False,
        is_page_doubted=True,
    )
    return Dialect(
        trades=lambda client, market, start_ms, end_ms, _cursor: _trades(
            client, market, start_ms, end_ms, limits.full_page
        ),
        open_orders=_open_orders,
        order=lambda client, market, order_id: client.fetch_order(order_id, market["symbol"]),
        find=lambda *_: (),
        find_alike=lambda client, market, level, since_ms: _alike(client, market, level, since_ms, limits),
        cancel=lambda client, market, order_id: client.cancel_order(order_id, market["symbol"]),
        limits=limits,
        options=_options(made),
        wire_ids=NotKept(),
        needs_password=bool(made.requiredCredentials.get("password")),
        prepare=_prepare,
        read_trade=_as_it_is,
        read_order=_with_what_it_sold,
        server_time=_server_time if made.has.get("fetchTime") is True else _our_time,
    )


def tells_time(exchange_id: str) -> bool:
    """Tell whether CCXT can ask for the exchange's clock."""
    return general_dialect(exchange_id).server_time is _server_time


def _missing(made: Ccxt) -> Iterator[str]:
    if made.has.get("spot") is not True:
        yield "it has no spot markets"
    if lacking := [call for call in _CALLS if made.has.get(call) is not True]:
        yield f"CCXT lacks {', '.join(lacking)} there"
    wanted = {name for name, is_needed in made.requiredCredentials.items() if is_needed}
    if others := sorted(wanted - _IN_KEY_FILES):
        yield f"it wants {', '.join(others)}, which a key file here cannot hold"
    listed = ((made.features or {}).get("spot") or {}).get("fetchMyTrades") or {}
    if not listed.get("limit"):
        yield "CCXT declares no limit of its lists of trades, so nobody could know whether one left sales out"
    if listed.get("untilDays") is False or not _reads_until(made.fetch_my_trades):
        yield "CCXT cannot ask it for trades up to a time, so a list that is cut off could not be read in parts"
    if (listed.get("daysBack") or _LEAST_DAYS_BACK) < _LEAST_DAYS_BACK:
        yield f"it lists trades of the last {listed['daysBack']} days only, so a longer outage would lose sales"
    if "parse_trades" not in made.fetch_my_trades.__code__.co_names:
        yield "CCXT reads its trades in a way of its own, which does not show how many were listed"


def _reads_until(method: Callable[..., object]) -> bool:
    # Dozens of exchanges are declared to take it whose code hands it on as it is, under a name they do not know.
    code = method.__code__
    return "until" in code.co_consts or "handle_until_option" in code.co_names


def _options(made: Ccxt) -> Mapping[str, object]:
    asked = made.options.get("fetchMarkets")
    only_spot = {"fetchMarkets": {"types": ["spot"]}} if isinstance(asked, dict) and "types" in asked else {}
    return {"defaultType": "spot", "fetchMargins": False} | only_spot


def _prepare(client: Ccxt) -> None:
    # Whether its signatures count seconds, milliseconds or something else, only CCXT's own code knows.
    del client.nonce, client.seconds


def _server_time(client: Ccxt) -> int:
    return int(client.fetch_time())


def _our_time(client: Ccxt) -> int:
    return int(client.milliseconds())


def _as_it_is(_client: Ccxt, unified: Raw, _market: Raw) -> Raw:
    return unified


def _with_what_it_sold(_client: Ccxt, unified: Raw, _market: Raw) -> Raw:
    # It is what shows that trades are missing from the list; elsewhere what is not said is nothing.
    if unified.get("filled") is None:
        raise Malformed(f"order {unified.get('id')!r} does not tell how much of it was executed")
    return unified


@contextmanager
def _uncut(client: Ccxt) -> Iterator[list[int]]:
    """Have CCXT's lists come whole, as they were answered, and tell how long each was.

    It leaves out what it was not asked for, so that what remains no longer shows that a page was full.
    """
    sizes: list[int] = []

    def keep(rows: Sequence[Raw], *_: object, **__: object) -> Sequence[Raw]:
        sizes.append(len(rows))
        return rows

    client.filter_by_symbol_since_limit = client.filter_by_since_limit = keep
    try:
        yield sizes
    finally:
        del client.filter_by_symbol_since_limit, client.filter_by_since_limit


def _whole(rows: Sequence[Raw], sizes: Sequence[int], what: str) -> Listing:
    if rows and not sizes:
        raise ExchangeUnavailable(f"CCXT does not show how many {what} the exchange listed; some may be left out")
    return Listing(rows, max(sizes, default=0))


def _trades(client: Ccxt, market: Raw, start_ms: int, end_ms: int, limit: int) -> Listing:
    with _uncut(client) as sizes:
        rows = client.fetch_my_trades(market["symbol"], start_ms, limit, {"until": end_ms})
    for row in rows:
        if not start_ms - _OUTSIDE_MS <= int(row["timestamp"]) <= end_ms + _OUTSIDE_MS:
            raise ExchangeUnavailable(
                f"asked for trades from {start_ms} to {end_ms} ms the exchange lists one of {row['timestamp']} ms: it does not "
                "keep to what CCXT declares of it, and sales could be left out unseen; it cannot be used"
            )
    return _whole(rows, sizes, "trades")


def _open_orders(client: Ccxt, market: Raw, _cursor: str) -> Listing:
    limit = (client.features["spot"].get("fetchOpenOrders") or {}).get("limit")
    with _uncut(client) as sizes:
        rows = client.fetch_open_orders(market["symbol"], None, limit)
    listing = _whole(rows, sizes, "open orders")
    if listing.size >= (limit or _OPEN_ORDERS):
        raise ExchangeUnavailable(
            f"the exchange lists {listing.size} open orders and may have left some out; cancel some"
        )
    return listing


def _alike(client: Ccxt, market: Raw, level: Level, since_ms: int, limits: TradeLimits) -> Sequence[Raw]:
    """Return our orders since a time, those that are not open as far as CCXT can list them, but all that sold such a thing."""
    # Open ones first and trades last: an order only ever moves that way, so none can slip through.
    found = {row["id"]: row for row in _open_orders(client, market, "").items}
    found |= {row["id"]: row for row in _finished(client, market, since_ms)}
    for order_id in _sold(client, market, level, since_ms, limits):
        if order_id not in found:
            found[order_id] = client.fetch_order(order_id, market["symbol"])
    return list(found.values())


def _finished(client: Ccxt, market: Raw, since_ms: int) -> Iterator[Raw]:
    listings = (
        {"fetchOrders": client.fetch_orders},
        {"fetchCanceledAndClosedOrders": client.fetch_canceled_and_closed_orders},
        {"fetchClosedOrders": client.fetch_closed_orders, "fetchCanceledOrders": client.fetch_canceled_orders},
    )
    for calls in listings:
        if able := [call for name, call in calls.items() if client.has.get(name) is True]:
            rows = chain.from_iterable(call(market["symbol"], since_ms) for call in able)
            yield from (row for row in rows if row["symbol"] == market["symbol"])
            return


def _sold(client: Ccxt, market: Raw, level: Level, since_ms: int, limits: TradeLimits) -> Iterator[str]:
    def page(start_ms: int, end_ms: int, _cursor: str) -> TradePage:
        listing = _trades(client, market, start_ms, end_ms, limits.full_page)
        return TradePage([trade_of(row, market["symbol"]) for row in listing.items], listing.size, "")

    for filled in FillReader(page, limits, client.milliseconds).read(Position(since_ms)):
        for fill in filled.fills:
            is_dear = fill.price_nanocents >= level.price_nanocents
            if fill.side is Side.SELL and is_dear and fill.quantity_napu <= level.quantity_napu:
                yield id_of({"id": fill.exchange_order_id}, "id")
