"""A running venue: the exchange, its journal and its clock.

Everything runs in one event loop. A command is applied at once and answered when its record is on the disk; an answer
that only reads waits for the same, so nobody is ever told what a crash could undo.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from venue.commands import CancelOrder, PlaceOrder, encoded
from venue.config import VenueConfig
from venue.errors import Refused, Stopped
from venue.exchange import Exchange
from venue.journal.group_commit import GroupCommit
from venue.journal.journal import Journal
from venue.matching.orders import Order, Side, TimeInForce

_Told = TypeVar("_Told")

Clock = Callable[[], int]
"""Gives the time in milliseconds since 1970, UTC."""


def system_clock() -> int:
    """Return the machine's time in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class Venue:
    """One venue that takes commands; `venue.startup.open_venue` makes it."""

    def __init__(self, config: VenueConfig, exchange: Exchange, journal: Journal, clock: Clock) -> None:
        self.config = config
        self.exchange = exchange
        self.clock = clock
        self.failure: Exception | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._journal = journal
        self._commit = GroupCommit(journal, self._fail)

    async def place_order(
        self, account: str, symbol: str, side: Side, price: int, quantity: int, *, time_in_force: TimeInForce
    ) -> Order:
        """Place a limit order, price in ticks and quantity in steps; return it when it cannot be lost any more.

        Raises:
            Refused: nothing was done.
            Stopped: whether it was done is known after a restart.
        """
        command = PlaceOrder(self.now(), account, symbol, side, price, quantity, time_in_force)
        return await self.do(command, _itself)

    async def cancel_order(self, account: str, order_id: int) -> Order:
        """Cancel what remains of an account's order.

        Raises:
            Refused: there is no such order, or it is not open.
            Stopped: whether it was done is known after a restart.
        """
        return await self.do(CancelOrder(self.now(), account, order_id), _itself)

    async def do(self, command: PlaceOrder | CancelOrder, tell: Callable[[Order], _Told]) -> _Told:
        """Do a command; return what `tell` makes of its order right after it, when it cannot be lost any more.

        What others do to the order while this one is being written is not in what `tell` sees: that is not written yet.

        Raises:
            Refused: nothing was done.
            Stopped: whether it was done is known after a restart.
        """
        self._check_running()
        try:
            order = self.exchange.apply(command)
        except Refused:
            raise
        except Exception as error:
            self._fail(error)
            raise
        self._commit.append(encoded(command))
        told = tell(order)
        await self._commit.committed()
        return told

    def now(self) -> int:
        """Return the time of a command that is given now: never backwards, whatever the machine's clock does."""
        # Trades are sorted by time as well as by id.
        return max(self.clock(), self.exchange.last_at_ms)

    def when_committed(self, callback: Callable[[], None]) -> None:
        """Call back when everything that shows in the exchange now is on the disk; never, if some of it is lost."""
        self._commit.when_committed(callback)

    async def committed(self) -> None:
        """Return when everything that shows in the exchange now is on the disk; await it before answering a question.

        Raises:
            Stopped: some of it may be lost.
        """
        self._check_running()
        await self._commit.committed()

    async def close(self) -> None:
        """Write what was accepted and close the journal."""
        await self._commit.close()
        self._journal.close()

    def _check_running(self) -> None:
        if self.failure is not None or self._commit.is_stopped:
            raise Stopped(f"the venue is stopped: {self.failure or 'it is being closed'}")

    def _fail(self, error: Exception) -> None:
        self.failure = error
        self.on_failure()


def _itself(order: Order) -> Order:
    return order
