"""What has to be known of one of CCXT's exchanges beyond what CCXT knows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.balances import Balance, Permissions
from app.domain.offers import Level
from exchanges.call_budget import Window
from exchanges.ccxt.client_order_ids import AsTheyAre, WireIds
from exchanges.ccxt.library import Ccxt, Raw
from exchanges.ccxt.messages import balance_of

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a listing.

    Attributes:
        size: how many rows it had before other markets' were left out.
        cursor: what asks for the next page; "" where none can follow.
    """

    items: Sequence[Raw]
    size: int
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class TradeLimits:
    """How an exchange lists an account's trades.

    Attributes:
        window_ms: the longest time one call may span.
        full_page: a page of so many rows may have left some out.
        grain_ms: what its times are cut to.
        has_cursor: pages of one window follow each other; otherwise only a shorter window shows what was left out.
        is_page_doubted: `full_page` is hearsay, so that a round number of rows counts as a full page, too.
    """

    window_ms: int
    full_page: int
    grain_ms: int = 1
    has_cursor: bool = True
    is_page_doubted: bool = False


def _tells_nothing(_client: Ccxt) -> Permissions | None:
    return None


def _tells_no_windows(_answer: object) -> tuple[Window, ...]:
    return ()


def _unified_balance(client: Ccxt, market: Raw) -> Balance:
    return balance_of(client.fetch_balance(), str(market["base"]))


def _as_it_is(_client: Ccxt) -> None:
    return None


def _parsed_trade(client: Ccxt, row: Raw, market: Raw) -> Raw:
    parsed: Raw = client.parse_trade(row, market)
    return parsed


def _parsed_order(client: Ccxt, row: Raw, market: Raw) -> Raw:
    parsed: Raw = client.parse_order(row, market)
    return parsed


def _server_time(client: Ccxt) -> int:
    return int(client.fetch_time())


@dataclass(frozen=True, slots=True)
class Dialect:
    """One exchange's calls, each with the market as CCXT describes it; ids are the exchange's own.

    Attributes:
        trades: our trades from and to a time (milliseconds, both inclusive) after a cursor, in any order.
        open_orders: our open orders after a cursor.
        order: one order by its id; raises CCXT's OrderNotFound, or returns {} for it.
        find: the orders of a client order id, placed at or after a time (milliseconds), open or not; none, or CCXT's
            OrderNotFound.
        find_alike: where client order ids are not kept, the orders since a time (milliseconds) among which those of a
            price and quantity are; None where they are.
        cancel: asks for an order's cancel.
        limits: how `trades` must be asked.
        options: CCXT's own, for spot markets of an ordinary account.
        market_params: what makes CCXT's `fetch_markets` ask for no more than it needs.
        wire_ids: how our client order ids are written there.
        id_parameter: under which name CCXT takes them when an order is placed.
        is_id_written_by_ccxt: CCXT then writes our id as `wire_ids` would.
        needs_password: the key comes with a passphrase.
        balance: what the account holds of the market's token.
        permissions: what the key may do, None where the exchange does not tell.
        prepare: what else a new client needs.
        read_trade: what CCXT makes of a row of `trades`.
        read_order: what CCXT makes of one of the rows that are orders.
        server_time: the exchange's clock, milliseconds since 1970; needs no credentials.
        weight_per_cost: CCXT's cost of a call is so much of what `windows` count.
        windows: the account's limits; empty for those that CCXT's `rateLimit` says.
        told_windows: the limits that the last answer about markets tells; () for none. It may raise for what it does not know.
        used_header: the header in which the exchange tells what was used within a minute, in lower case.
    """

    trades: Callable[[Ccxt, Raw, int, int, str], Listing]
    open_orders: Callable[[Ccxt, Raw, str], Listing]
    order: Callable[[Ccxt, Raw, str], Raw]
    find: Callable[[Ccxt, Raw, str, int], Sequence[Raw]]
    cancel: Callable[[Ccxt, Raw, str], object]
    limits: TradeLimits
    find_alike: Callable[[Ccxt, Raw, Level, int], Sequence[Raw]] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    market_params: Mapping[str, Any] = field(default_factory=dict)
    wire_ids: WireIds = field(default_factory=AsTheyAre)
    id_parameter: str = "clientOrderId"
    is_id_written_by_ccxt: bool = False
    needs_password: bool = False
    balance: Callable[[Ccxt, Raw], Balance] = _unified_balance
    permissions: Callable[[Ccxt], Permissions | None] = _tells_nothing
    prepare: Callable[[Ccxt], None] = _as_it_is
    read_trade: Callable[[Ccxt, Raw, Raw], Raw] = _parsed_trade
    read_order: Callable[[Ccxt, Raw, Raw], Raw] = _parsed_order
    server_time: Callable[[Ccxt], int] = _server_time
    weight_per_cost: int = 10
    windows: tuple[Window, ...] = ()
    told_windows: Callable[[object], tuple[Window, ...]] = _tells_no_windows
    used_header: str = ""
