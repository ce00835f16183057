"""Any of CCXT's exchanges whose dialect is known, behind the port."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from app.crash_points import around
from app.domain.balances import Balance, Permissions
from app.domain.errors import ExchangeRejected, ExchangeUnavailable, OrderUnknown
from app.domain.fills import FillPage, Side
from app.domain.markets import Market
from app.domain.money import format_dollars, format_ndau
from app.domain.offers import Level
from app.domain.orders import Order, OrderState
from exchanges.ccxt.calls import Calls
from exchanges.ccxt.dialect import Dialect
from exchanges.ccxt.errors import Malformed
from exchanges.ccxt.fill_reader import FillReader, TradePage
from exchanges.ccxt.library import Ccxt, Raw
from exchanges.ccxt.markets import Markets
from exchanges.ccxt.messages import id_of, order_of, trade_of
from exchanges.ccxt.session import Purpose
from exchanges.milliseconds import milliseconds_of
from exchanges.position import Position
from exchanges.server_clock import MAX_OFFSET, ServerClock

_log = logging.getLogger(__name__)

_MOST_PASSES = 10


class CcxtOts:
    """One account in one market; implements `app.ports.exchanges.OrderTrackingSystem`, shared by threads."""

    def __init__(
        self,
        name: str,
        dialect: Dialect,
        calls: Calls,
        markets: Markets,
        *,
        clock: ServerClock,
        server_time: Callable[[], datetime],
        close: Callable[[], None],
    ) -> None:
        self._name = name
        self._dialect = dialect
        self._calls = calls
        self._markets = markets
        self._server_time = server_time
        self._close = close
        self._fills = FillReader(self._trades, dialect.limits, lambda: milliseconds_of(clock.now()))

    @property
    def name(self) -> str:
        """The exchange's name in the settings."""
        return self._name

    @property
    def market(self) -> Market:
        """The rules for prices and quantities here.

        Raises:
            ExchangeUnavailable: they are not known yet, and the exchange does not answer.
            ExchangeRejected: the exchange has no such market, or one whose rules cannot be followed.
        """
        return self._markets.get().market

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        """Yield the fills after a position, or executed since a time (up to 5 s earlier, as clocks differ).

        Raises:
            InvalidInput: the position is another exchange's.
        """
        return self._fills.read(Position.at(since) if position is None else Position.decode(position))

    def open_orders(self) -> Sequence[Order]:
        """Return all open orders of the account in this market.

        An order that closes may move those behind it past a reader between two pages, so where there are several they
        are read until a whole pass finds no order that was not seen before.

        Raises:
            ExchangeUnavailable: the list did not hold still for ten passes.
        """
        seen: dict[str, Order] = {}
        for _ in range(_MOST_PASSES):
            known = set(seen)
            orders, pages = self._calls.read("open orders", self._all_open)
            seen |= {order.exchange_order_id: order for order in orders}
            if pages <= 1 or known == set(seen):
                return tuple(seen.values())
        raise ExchangeUnavailable(f"the open orders changed during each of {_MOST_PASSES} readings")

    def order(self, exchange_order_id: str) -> Order:
        """Return one order."""
        what = f"order {exchange_order_id}"

        def ask(client: Ccxt, market: Raw) -> Order:
            row = self._dialect.order(client, market, exchange_order_id)
            if row == {}:
                raise OrderUnknown(f"{what}: the exchange knows no such order")
            order = self._order_of(client, market, row)
            if order.exchange_order_id != exchange_order_id:
                raise Malformed(f"the answer is order {order.exchange_order_id}")
            return order

        return self._calls.read(what, ask, is_urgent=True)

    def place_offer(self, client_order_id: str, level: Level) -> str:
        """Place a limit sell, good until cancelled."""
        price, amount = format_dollars(level.price_nanocents), format_ndau(level.quantity_napu)
        what = f"placing a sell of {amount} at {price}"
        self._refuse_rounding(level, what)
        written = self._dialect.wire_ids.written(client_order_id)
        given_id = client_order_id if self._dialect.is_id_written_by_ccxt else written

        def place(client: Ccxt, market: Raw) -> str:
            symbol = market["symbol"]
            given = {self._dialect.id_parameter: given_id} if given_id else {}
            return id_of(client.create_order(symbol, "limit", "sell", amount, price, given), "id")

        try:
            with around("send: place"):
                order_id = self._calls.change(what, place, Purpose(orders=1))
        except ExchangeRejected:
            self._markets.doubt()
            raise
        _log.info("offer %s is order %s of %s", client_order_id, order_id, self._name)
        return order_id

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:
        """Return the order of that client order id, or none; where ids are not kept, all that may be it, oldest first."""
        wire_id = self._dialect.wire_ids.written(client_order_id)
        since_ms = milliseconds_of(placed_after - MAX_OFFSET)

        def look(client: Ccxt, market: Raw) -> list[Order]:
            if self._dialect.find_alike is None:
                rows = self._dialect.find(client, market, wire_id, since_ms)
            else:
                rows = self._dialect.find_alike(client, market, level, since_ms)
            return [self._order_of(client, market, row) for row in rows]

        try:
            found = self._calls.read(f"looking for offer {client_order_id}", look)
        except OrderUnknown:
            return ()
        if self._dialect.find_alike is None:
            return [order for order in found if order.client_order_id == client_order_id]
        alike = [order for order in found if order.side is Side.SELL and _level_of(order) == level]
        recent = [order for order in alike if milliseconds_of(order.placed_at) >= since_ms]
        return sorted(recent, key=lambda order: order.placed_at)

    def cancel_order(self, exchange_order_id: str) -> None:
        """Ask for an order's cancel; one that is no longer open counts as cancelled."""
        try:
            with around("send: cancel"):
                self._calls.change(
                    f"cancelling order {exchange_order_id}",
                    lambda client, market: self._dialect.cancel(client, market, exchange_order_id),
                    Purpose(is_urgent=True),
                )
        except ExchangeRejected:
            # "Not found" may mean filled; the order itself tells.
            if self.order(exchange_order_id).state is OrderState.OPEN:
                raise

    def balance(self) -> Balance:
        """Return what the account holds of the token."""
        return self._calls.read("balance", self._dialect.balance)

    def permissions(self) -> Permissions | None:
        """Return what the key may do, None where the exchange does not tell."""
        return self._calls.read("the key's permissions", lambda client, _: self._dialect.permissions(client))

    def server_time(self) -> datetime:
        """Return the exchange's clock, UTC."""
        return self._server_time()

    def close(self) -> None:
        """Close the connections; using the exchange again opens new ones."""
        self._close()

    def _trades(self, start_ms: int, end_ms: int, cursor: str) -> TradePage:
        def ask(client: Ccxt, market: Raw) -> TradePage:
            listing = self._dialect.trades(client, market, start_ms, end_ms, cursor)
            described = client.market(market["symbol"])
            unified = [self._dialect.read_trade(client, row, described) for row in listing.items]
            trades = [trade_of(each, market["symbol"]) for each in unified]
            return TradePage(trades, listing.size, listing.cursor)

        return self._calls.read("our trades", ask)

    def _all_open(self, client: Ccxt, market: Raw) -> tuple[list[Order], int]:
        orders: list[Order] = []
        cursor, pages = "", 0
        while pages == 0 or cursor:
            listing = self._dialect.open_orders(client, market, cursor)
            orders += [self._order_of(client, market, row) for row in listing.items]
            if listing.cursor == cursor != "":
                raise ExchangeUnavailable("the pages of open orders do not end")
            cursor, pages = listing.cursor, pages + 1
        return orders, pages

    def _order_of(self, client: Ccxt, market: Raw, row: Raw) -> Order:
        symbol = market["symbol"]
        return order_of(self._dialect.read_order(client, row, client.market(symbol)), symbol, self._dialect.wire_ids)

    def _refuse_rounding(self, level: Level, what: str) -> None:
        # CCXT would round it silently, and a price may not become another one.
        market = self.market
        if level.price_nanocents % market.price_tick_nanocents or level.quantity_napu % market.quantity_step_napu:
            raise ExchangeRejected(f"{what}: it is not on the market's grid of prices and quantities; nothing was sent")


def _level_of(order: Order) -> Level:
    return Level(order.price_nanocents, order.quantity_napu)
