"""An exchange in memory, for the services' tests; it passes the same contract suite as the real adapters."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count, islice

from app.domain.balances import Balance, Permissions
from app.domain.errors import ExchangeRejected, MeicError, OrderUnknown
from app.domain.fills import Fill, FillPage, Side
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order, OrderState

CENT_MARKET = Market("NDAU_USDT", price_tick_nanocents=10**9, quantity_step_napu=10**6)
"""Prices and quantities of two digits each."""


@dataclass(frozen=True, slots=True)
class _Fault:
    error: MeicError
    after_effect: bool


def utc_now() -> datetime:
    return datetime.now(UTC)


class FakeOts:
    """Our account on an exchange that nobody but the test trades on.

    Attributes:
        placed: the client order id and level of every offer that took effect, in order.
        cancels_wait: True keeps a cancelled order open, so still fillable, until `finish_cancels`.
        holds_napu: what the account had before it traded.
        key_permissions: what `permissions` tells.
        keeps_client_order_ids: False makes it an exchange where `find_orders` has to guess, as many do.
    """

    def __init__(
        self,
        name: str = "fake",
        market: Market = CENT_MARKET,
        *,
        now: Callable[[], datetime] = utc_now,
        page_size: int = 1000,
        keeps_client_order_ids: bool = True,
    ) -> None:
        self.name = name
        self.market = market
        self.keeps_client_order_ids = keeps_client_order_ids
        self.cancels_wait = False
        self.placed: list[tuple[str, Level]] = []
        self.holds_napu = 10**9 * 10**8
        self.key_permissions: Permissions | None = None
        self._now = now
        self._page_size = page_size
        self._orders: dict[str, Order] = {}
        self._numbers = count(1)
        self._client_order_ids: dict[str, str] = {}
        self._fills: list[Fill] = []
        self._waiting_cancels: list[str] = []
        self._faults: defaultdict[str, deque[_Fault]] = defaultdict(deque)

    # What a test does to the exchange

    def fail_next(self, method: str, error: MeicError, *, after_effect: bool = False) -> None:
        """Make the next call of a port's method raise this, before or after its work (of `read_fills`: its first page)."""
        self._faults[method].append(_Fault(error, after_effect))

    def buy(self, quantity_napu: int, max_price_nanocents: int) -> tuple[Fill, ...]:
        """Have another trader buy from our sells, cheapest first; what finds no offer is dropped."""
        asks = [o for o in self._open(Side.SELL) if o.price_nanocents <= max_price_nanocents]
        return self._trade(sorted(asks, key=lambda order: order.price_nanocents), quantity_napu)

    def sell(self, quantity_napu: int, min_price_nanocents: int) -> tuple[Fill, ...]:
        """Have another trader sell into our buys, dearest first."""
        bids = [o for o in self._open(Side.BUY) if o.price_nanocents >= min_price_nanocents]
        return self._trade(sorted(bids, key=lambda order: -order.price_nanocents), quantity_napu)

    def place_manually(self, side: Side, level: Level) -> str:
        """Place an order on our account that is none of our offers; return its id."""
        return self._place(side, level, client_order_id=None)

    def finish_cancels(self) -> None:
        """Make every waiting cancel final."""
        for exchange_order_id in self._waiting_cancels:
            self._cancel(exchange_order_id)
        self._waiting_cancels.clear()

    def forget(self, exchange_order_id: str) -> None:
        """Know nothing of an order any more, as exchanges do with what was cancelled and never filled."""
        self._cancel(exchange_order_id)
        del self._orders[exchange_order_id]

    def client_order_id(self, exchange_order_id: str) -> str | None:
        """Return what our offer was called when it was placed, whether or not the exchange tells."""
        return self._client_order_ids.get(exchange_order_id)

    # The port

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        self._fault("read_fills", after_effect=False)
        start = int(position) if position else sum(fill.executed_at < since for fill in self._fills)
        while fills := tuple(islice(self._fills, start, start + self._page_size)):
            start += len(fills)
            yield FillPage(fills, str(start))
            self._fault("read_fills", after_effect=True)

    def open_orders(self) -> Sequence[Order]:
        self._fault("open_orders", after_effect=False)
        return tuple(order for order in self._orders.values() if order.state is OrderState.OPEN)

    def order(self, exchange_order_id: str) -> Order:
        self._fault("order", after_effect=False)
        return self._known(exchange_order_id)

    def place_offer(self, client_order_id: str, level: Level) -> str:
        self._fault("place_offer", after_effect=False)
        if level.price_nanocents % self.market.price_tick_nanocents or level.quantity_napu % (
            self.market.quantity_step_napu
        ):
            raise ExchangeRejected(f"{level} is not on the market's grid")
        exchange_order_id = self._place(
            Side.SELL, level, client_order_id=client_order_id if self.keeps_client_order_ids else None
        )
        self._client_order_ids[exchange_order_id] = client_order_id
        self.placed.append((client_order_id, level))
        self._fault("place_offer", after_effect=True)
        return exchange_order_id

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:
        self._fault("find_orders", after_effect=False)
        orders = self._orders.values()
        if self.keeps_client_order_ids:
            return tuple(order for order in orders if order.client_order_id == client_order_id)
        return tuple(
            order
            for order in orders
            if order.side is Side.SELL
            and Level(order.price_nanocents, order.quantity_napu) == level
            and order.placed_at >= placed_after
        )

    def cancel_order(self, exchange_order_id: str) -> None:
        self._fault("cancel_order", after_effect=False)
        self._known(exchange_order_id)
        if self.cancels_wait:
            self._waiting_cancels.append(exchange_order_id)
        else:
            self._cancel(exchange_order_id)
        self._fault("cancel_order", after_effect=True)

    def server_time(self) -> datetime:
        self._fault("server_time", after_effect=False)
        return self._now()

    def balance(self) -> Balance:
        self._fault("balance", after_effect=False)
        on_orders = sum(order.remaining_napu for order in self._open(Side.SELL))
        return Balance(self.holds_napu - sum(fill.quantity_napu for fill in self._fills) - on_orders, on_orders)

    def permissions(self) -> Permissions | None:
        self._fault("permissions", after_effect=False)
        return self.key_permissions

    # How the exchange works

    def _fault(self, method: str, *, after_effect: bool) -> None:
        faults = self._faults[method]
        if faults and faults[0].after_effect is after_effect:
            raise faults.popleft().error

    def _known(self, exchange_order_id: str) -> Order:
        if exchange_order_id not in self._orders:
            raise OrderUnknown(f"there is no order {exchange_order_id}")
        return self._orders[exchange_order_id]

    def _open(self, side: Side) -> list[Order]:
        return [o for o in self._orders.values() if o.side is side and o.state is OrderState.OPEN]

    def _place(self, side: Side, level: Level, *, client_order_id: str | None) -> str:
        order = Order(
            exchange_order_id=f"order-{next(self._numbers)}",
            client_order_id=client_order_id,
            side=side,
            price_nanocents=level.price_nanocents,
            quantity_napu=level.quantity_napu,
            filled_napu=0,
            state=OrderState.OPEN,
            placed_at=self._now(),
        )
        self._orders[order.exchange_order_id] = order
        return order.exchange_order_id

    def _cancel(self, exchange_order_id: str) -> None:
        order = self._orders[exchange_order_id]
        if order.state is OrderState.OPEN:
            self._orders[exchange_order_id] = replace(order, state=OrderState.CANCELLED)

    def _trade(self, orders: Sequence[Order], quantity_napu: int) -> tuple[Fill, ...]:
        before = len(self._fills)
        for order in orders:
            if traded := min(quantity_napu, order.remaining_napu):
                quantity_napu -= traded
                self._fill(order, traded)
        return tuple(self._fills[before:])

    def _fill(self, order: Order, quantity_napu: int) -> None:
        filled = order.filled_napu + quantity_napu
        state = OrderState.FILLED if filled == order.quantity_napu else OrderState.OPEN
        self._orders[order.exchange_order_id] = replace(order, filled_napu=filled, state=state)
        number = len(self._fills) + 1
        self._fills.append(
            Fill(
                fill_id=f"fill-{number}",
                exchange_order_id=order.exchange_order_id,
                side=order.side,
                price_nanocents=order.price_nanocents,
                quantity_napu=quantity_napu,
                fee="0",
                executed_at=self._now(),
                raw=f'{{"number": {number}}}',
            )
        )
