"""Ledgers for the services' tests: real ones, each in a file of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, event, update

from app.domain.fills import Fill, FillPage, Side
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState
from app.domain.money import NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.showing import ShownLevel
from app.ports.clock import Clock
from app.store import migrate, tables
from app.store.columns import metadata
from app.store.database import Database
from app.store.events import FIRST_HASH
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock

NDAU = NAPU_PER_NDAU


class EventfulClock(StoppedClock):
    """A clock under which something happens whenever somebody waits.

    Attributes:
        after_wait: called after each wait.
    """

    def __init__(self) -> None:
        super().__init__()
        self.after_wait: Callable[[], object] = lambda: None

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self.after_wait()


class Ledgers:
    """Gives empty ledgers, one after another, all in one database.

    Its statements are compiled once, which is most of the work that a ledger of its own for each test would cost.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(f"sqlite:///{path}")
        event.listen(self._database.engine, "connect", _hurry)
        migrate.upgrade(self._database)

    @contextmanager
    def fresh(self, clock: Clock) -> Iterator[SqlLedger]:
        """Give an empty ledger; what was in the one before is gone."""
        with self._database.write("emptied") as connection:
            for table in reversed(metadata.sorted_tables):
                if table is not tables.event_head:
                    connection.execute(delete(table))
            connection.execute(update(tables.event_head).values(number=0, hash=FIRST_HASH))
        yield SqlLedger(self._database, clock)

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _hurry(connection, _record):  # type: ignore[no-untyped-def]
    # Nothing waits for the disk: in these tests processes die, never the machine.
    connection.execute("PRAGMA synchronous=OFF")


def sell(ledger: SqlLedger, *quantities_napu: int, exchange: str = "south") -> None:
    """Record sales, oldest first, of an offer on an exchange that nothing else happens on."""
    order_id = _order_id(ledger, exchange)
    first = len([name for name, _, _ in ledger.fills.recent(10_000) if name == exchange]) + 1
    fills = tuple(_sale(number, order_id, quantity) for number, quantity in enumerate(quantities_napu, first))
    ledger.fills.record(exchange, FillPage(fills, str(first)))


def _sale(number: int, order_id: str, quantity_napu: int) -> Fill:
    executed_at = StoppedClock().now() + timedelta(seconds=number)
    return Fill(f"sale-{number}", order_id, Side.SELL, 10**11, quantity_napu, "0", executed_at, "{}")


def _order_id(ledger: SqlLedger, exchange: str) -> str:
    live = ledger.offers.live_offers(exchange)
    if live:
        return str(live[0].exchange_order_id)
    newest = ledger.offers.generation() or ledger.offers.decide(NewGeneration(0, 0, 0, 0, (Level(1, 1),), "test", ()))
    with ledger.leases.hold(f"offers:{exchange}", 60) as lease:
        assert lease is not None
        level = Level(10**11, 10**9 * NDAU)
        (offer,) = ledger.offers.intend(lease, exchange, generation=newest.number, levels=[ShownLevel.at_target(level)])
        outcome = OfferOutcome(offer.client_order_id, OfferState.OPEN, "order")
        ledger.offers.settle(lease, exchange, [outcome])
    return "order"
