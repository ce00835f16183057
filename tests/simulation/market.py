"""The truth about one exchange: its orders, its trades, and when its answers show them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.fills import Side
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import OrderState
from tests.simulation.clock import BEGINNING, MOST_OFF_US
from tests.simulation.faults import Dice, Fault, Luck
from tests.simulation.scheduler import SECOND, Scheduler


@dataclass(slots=True)
class MarketOrder:
    """An order of our account.

    Attributes:
        client_order_id: the offer that it was placed for; "" for an operator's own order.
        listed_from_us: true time from which lists of orders show it.
        counts: False for one that landed when its offer had been given up: nobody could know of it.
    """

    order_id: int
    client_order_id: str
    side: Side
    level: Level
    placed_at: datetime
    listed_from_us: int
    filled_napu: int = 0
    state: OrderState = OrderState.OPEN
    is_being_cancelled: bool = False
    counts: bool = True

    @property
    def remaining_napu(self) -> int:
        """What can still be bought of it."""
        return self.level.quantity_napu - self.filled_napu if self.state is OrderState.OPEN else 0


@dataclass(frozen=True, slots=True)
class MarketTrade:
    """An execution of one of our account's orders."""

    trade_id: int
    order: MarketOrder
    quantity_napu: int
    executed_at: datetime


@dataclass(slots=True)
class SimulatedMarket:
    """One market of one exchange, and our account there.

    Attributes:
        listed: the trades that its lists show, in the order in which they came to be shown.
        away_until_us: true time until which nobody can reach it.
        on_placed: told of each order at the moment of the truth.
    """

    name: str
    market: Market
    keeps_client_order_ids: bool
    scheduler: Scheduler
    dice: Dice
    on_placed: Callable[["SimulatedMarket", MarketOrder], object] = lambda _market, _order: None
    orders: dict[int, MarketOrder] = field(default_factory=dict)
    trades: list[MarketTrade] = field(default_factory=list)
    listed: list[MarketTrade] = field(default_factory=list)
    off_us: int = 0
    away_until_us: int = 0

    def __post_init__(self) -> None:
        """Set the exchange's clock."""
        self.off_us = self.dice.between(-MOST_OFF_US, MOST_OFF_US)

    @property
    def is_away(self) -> bool:
        """Whether nobody can reach the exchange."""
        return self.scheduler.now_us < self.away_until_us

    def now(self) -> datetime:
        """Return what the exchange's clock shows; it counts milliseconds."""
        microseconds = self.scheduler.now_us + self.off_us
        return BEGINNING + timedelta(milliseconds=microseconds // 1000)

    def place(self, client_order_id: str, side: Side, level: Level) -> MarketOrder:
        """Put an order into the book, where it can be bought at once."""
        listed_from_us = self.scheduler.now_us
        if self.dice.strikes(Fault.LATE_ORDER):
            listed_from_us += self.dice.between(1, 6 * SECOND)
        order = MarketOrder(
            1001 + 7 * len(self.orders), client_order_id, side, level, self.now(), listed_from_us=listed_from_us
        )
        self.orders[order.order_id] = order
        self.scheduler.note(self.name, f"order {order.order_id} {side} {level} for {client_order_id or 'the operator'}")
        self.on_placed(self, order)
        return order

    def cancel(self, order: MarketOrder) -> None:
        """Begin to cancel an order; until that is final it can be bought."""
        if order.state is not OrderState.OPEN or order.is_being_cancelled:
            return
        order.is_being_cancelled = True
        if self.dice.strikes(Fault.SLOW_CANCEL):
            self.scheduler.after(self.dice.between(10_000, 4 * SECOND), lambda: self._finish_cancel(order))
        else:
            self._finish_cancel(order)

    def open_orders(self, side: Side | None = None) -> list[MarketOrder]:
        """Return the orders that can be bought or sold into, oldest first."""
        return [o for o in self.orders.values() if o.state is OrderState.OPEN and side in (None, o.side)]

    def shown_orders(self) -> list[MarketOrder]:
        """Return the orders that lists show by now, in any state, oldest first."""
        return [order for order in self.orders.values() if order.listed_from_us <= self.scheduler.now_us]

    def buy(self, quantity_napu: int) -> int:
        """Have somebody buy from our sells, cheapest first; return how much of it there was."""
        wanted, levels = quantity_napu, set()
        for order in sorted(self.open_orders(Side.SELL), key=lambda each: each.level.price_nanocents):
            if traded := min(wanted, order.remaining_napu):
                wanted -= traded
                levels.add(order.level.price_nanocents)
                self.trade(order, traded)
        if len(levels) > 1:
            self.dice.saw(Luck.SEVERAL_LEVELS)
        return quantity_napu - wanted

    def trade(self, order: MarketOrder, quantity_napu: int) -> None:
        """Execute a part of an order."""
        order.filled_napu += quantity_napu
        if order.filled_napu == order.level.quantity_napu:
            order.state = OrderState.FILLED
        if order.is_being_cancelled:
            self.dice.saw(Luck.PARTIAL_FILL_IN_CANCEL)
        trade = MarketTrade(50_001 + 3 * len(self.trades), order, quantity_napu, self.now())
        self.trades.append(trade)
        self.scheduler.note(self.name, f"trade {trade.trade_id}: {quantity_napu} napu of order {order.order_id}")
        if self.dice.strikes(Fault.LATE_FILL):
            self.scheduler.after(self.dice.between(10_000, 6 * SECOND), lambda: self.listed.append(trade))
        else:
            self.listed.append(trade)

    @property
    def offered(self) -> dict[int, int]:
        """How much of our offers can be bought at each price, without orders that nobody could know of."""
        shown: dict[int, int] = {}
        for order in self.open_orders(Side.SELL):
            if order.client_order_id and order.counts:
                price = order.level.price_nanocents
                shown[price] = shown.get(price, 0) + order.remaining_napu
        return shown

    @property
    def sold_napu(self) -> int:
        """How much of our offers was ever bought."""
        return sum(trade.quantity_napu for trade in self.trades if trade.order.client_order_id)

    def _finish_cancel(self, order: MarketOrder) -> None:
        if order.state is OrderState.OPEN:
            order.state = OrderState.CANCELLED
            self.scheduler.note(self.name, f"order {order.order_id} is cancelled, {order.filled_napu} napu executed")
