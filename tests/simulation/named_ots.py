"""A market as an exchange shows it that keeps client order ids: the port itself, without bytes between."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from app.domain.balances import Balance, Permissions
from app.domain.errors import ExchangeRejected, ExchangeUnavailable, MeicError, OutcomeUnknown, RateLimited
from app.domain.fills import Fill, FillPage, Side
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order, OrderState
from tests.simulation.faults import Dice, Fault
from tests.simulation.market import MarketOrder, MarketTrade, SimulatedMarket
from tests.simulation.network import LONGEST_ON_THE_WAY_US
from tests.simulation.scheduler import SECOND, Process

ResultT = TypeVar("ResultT")


class NamedOts:
    """Our account at such an exchange, as one of our processes uses it."""

    def __init__(self, market: SimulatedMarket, step: Callable[[str, int], Process], page_size: int) -> None:
        self._truth = market
        self._dice: Dice = market.dice
        self._step = step
        self._page_size = page_size

    @property
    def name(self) -> str:
        return self._truth.name

    @property
    def market(self) -> Market:
        return self._truth.market

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        start = 0 if position is None else int(position)
        first = since if position is None else None
        while True:
            page = self._read("fills", lambda: self._truth.listed[start : start + self._page_size])  # noqa: B023  called at once
            if not page:
                return
            start += len(page)
            fills = tuple(_fill(trade) for trade in page if first is None or trade.executed_at >= first)
            yield FillPage(fills, str(start))

    def open_orders(self) -> Sequence[Order]:
        return self._read(
            "open orders", lambda: [_order(o) for o in self._truth.shown_orders() if o.state is OrderState.OPEN]
        )

    def order(self, exchange_order_id: str) -> Order:
        return self._read(f"order {exchange_order_id}", lambda: _order(self._known(exchange_order_id)))

    def place_offer(self, client_order_id: str, level: Level) -> str:
        return self._change(
            f"place {level}", lambda: str(self._truth.place(client_order_id, Side.SELL, level).order_id)
        )

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:
        del level, placed_after
        return self._read(
            f"find {client_order_id}",
            lambda: [_order(o) for o in self._truth.shown_orders() if o.client_order_id == client_order_id],
        )

    def cancel_order(self, exchange_order_id: str) -> None:
        self._change(f"cancel {exchange_order_id}", lambda: self._truth.cancel(self._known(exchange_order_id)))

    def server_time(self) -> datetime:
        return self._read("time", self._truth.now)

    def balance(self) -> Balance:
        return self._read("balance", lambda: Balance(2**62, 0))

    def permissions(self) -> Permissions | None:
        return None

    def _known(self, exchange_order_id: str) -> MarketOrder:
        if int(exchange_order_id) not in self._truth.orders:
            raise ExchangeRejected(f"there is no order {exchange_order_id}")
        return self._truth.orders[int(exchange_order_id)]

    def _read(self, what: str, effect: Callable[[], ResultT]) -> ResultT:
        process = self._step(what, self._dice.latency_us())
        if self._truth.is_away:
            self._give_up(process, what, Fault.OUTAGE, ExchangeUnavailable(Fault.OUTAGE))
        faults = (Fault.NOT_SENT, Fault.LOST_REQUEST, Fault.ERROR_BEFORE, Fault.GARBAGE, Fault.CUT_ANSWER)
        if fault := next((fault for fault in faults if self._dice.strikes(fault)), None):
            self._give_up(process, what, fault, ExchangeUnavailable(fault))
        if self._dice.strikes(Fault.RATE_LIMIT):
            raise RateLimited("too many requests", retry_after_seconds=1)
        return effect()

    def _change(self, what: str, effect: Callable[[], ResultT]) -> ResultT:
        process = self._step(what, self._dice.latency_us())
        if self._truth.is_away:
            self._give_up(process, what, Fault.OUTAGE, OutcomeUnknown(Fault.OUTAGE))
        if self._dice.strikes(Fault.NOT_SENT):
            raise ExchangeUnavailable(f"{what}: not sent")
        for fault in (Fault.LOST_REQUEST, Fault.ERROR_BEFORE):
            if self._dice.strikes(fault):
                self._give_up(process, what, fault, OutcomeUnknown(fault))
        if self._dice.strikes(Fault.LATE_REQUEST):
            self._truth.scheduler.after(self._dice.between(0, LONGEST_ON_THE_WAY_US), effect)
            self._give_up(process, what, Fault.LATE_REQUEST, OutcomeUnknown(Fault.LATE_REQUEST))
        result = effect()
        for fault in (Fault.LOST_ANSWER, Fault.ERROR_AFTER):
            if self._dice.strikes(fault):
                self._give_up(process, what, fault, OutcomeUnknown(fault))
        return result

    def _give_up(self, process: Process, what: str, fault: Fault, error: MeicError) -> None:
        self._truth.scheduler.note(process.name, f"     {what}: {fault}")
        process.pause(self._dice.between(200_000, 3 * SECOND))
        raise error


def _order(order: MarketOrder) -> Order:
    return Order(
        exchange_order_id=str(order.order_id),
        client_order_id=order.client_order_id or None,
        side=order.side,
        price_nanocents=order.level.price_nanocents,
        quantity_napu=order.level.quantity_napu,
        filled_napu=order.filled_napu,
        state=order.state,
        placed_at=order.placed_at,
    )


def _fill(trade: MarketTrade) -> Fill:
    return Fill(
        fill_id=str(trade.trade_id),
        exchange_order_id=str(trade.order.order_id),
        side=trade.order.side,
        price_nanocents=trade.order.level.price_nanocents,
        quantity_napu=trade.quantity_napu,
        fee="0",
        executed_at=trade.executed_at,
        raw="{}",
    )
