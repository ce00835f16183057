"""A simulated exchange whose every call takes as long as a real one's: nothing is faked but the exchange itself.

The coordinator's own registry finds it when `benchmarks.add_drivers` is imported into its workers.
"""

import os
import pickle
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.domain.balances import Balance, Permissions
from app.domain.errors import ExchangeRejected
from app.domain.fills import FillPage, Side
from app.domain.markets import Market
from app.domain.offers import Level
from app.domain.orders import Order, OrderState
from exchanges.config import ExchangeConfig

CALL_SECONDS = 0.1


def build(config: ExchangeConfig) -> "WaitingOts":
    """Return an exchange on which nobody trades."""
    market = config.market(default_tick="0.01", default_step="0.01")
    return WaitingOts(config.name, market, folder=Path(os.environ["MEIC_HOME"]), call_seconds=CALL_SECONDS)


class WaitingOts:
    """Our account on an exchange that all workers of one home share; implements `app.ports.exchanges.OrderTrackingSystem`.

    Its orders are in a file of that home. Only who holds the exchange's lease changes them, so it needs no lock.
    """

    def __init__(self, name: str, market: Market, *, folder: Path, call_seconds: float) -> None:
        self.name = name
        self.market = market
        self._call_seconds = call_seconds
        self._file = folder / f"{name}.orders"

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:  # noqa: ARG002  there are none
        """Find nothing new."""
        self._call()
        return iter(())

    def open_orders(self) -> Sequence[Order]:
        """Return our open orders."""
        self._call()
        return tuple(order for order in self._read().values() if order.state is OrderState.OPEN)

    def order(self, exchange_order_id: str) -> Order:
        """Return one order."""
        self._call()
        orders = self._read()
        if exchange_order_id not in orders:
            raise ExchangeRejected(f"there is no order {exchange_order_id}")
        return orders[exchange_order_id]

    def place_offer(self, client_order_id: str, level: Level) -> str:
        """Place a limit sell; return its id."""
        self._call()
        order = Order(
            exchange_order_id=f"{self.name}-{client_order_id}",
            client_order_id=client_order_id,
            side=Side.SELL,
            price_nanocents=level.price_nanocents,
            quantity_napu=level.quantity_napu,
            filled_napu=0,
            state=OrderState.OPEN,
            placed_at=datetime.now(UTC),
        )
        self._write(self._read() | {order.exchange_order_id: order})
        return order.exchange_order_id

    def find_orders(self, client_order_id: str, level: Level, placed_after: datetime) -> Sequence[Order]:  # noqa: ARG002  it keeps client order ids
        """Return the order of that client order id, if there is one."""
        self._call()
        return tuple(order for order in self._read().values() if order.client_order_id == client_order_id)

    def cancel_order(self, exchange_order_id: str) -> None:
        """Cancel an order, at once."""
        order = self.order(exchange_order_id)
        if order.state is OrderState.OPEN:
            self._write(self._read() | {exchange_order_id: replace(order, state=OrderState.CANCELLED)})

    def balance(self) -> Balance:
        """Hold more than is ever sold."""
        self._call()
        return Balance(2**62, 0)

    def permissions(self) -> Permissions | None:
        """Tell nothing."""
        return None

    def server_time(self) -> datetime:
        """Return this machine's time."""
        self._call()
        return datetime.now(UTC)

    def _read(self) -> dict[str, Order]:
        try:
            orders: dict[str, Order] = pickle.loads(self._file.read_bytes())  # noqa: S301  a file of our own
        except FileNotFoundError:
            return {}
        return orders

    def _write(self, orders: dict[str, Order]) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_bytes(pickle.dumps(orders))
        draft.replace(self._file)

    def _call(self) -> None:
        threading.Event().wait(self._call_seconds)
