"""Every read of the console's pages, at a million fills, on SQLite and PostgreSQL.

python -m benchmarks.parts.reading [--fills N] [--url URL of a ledger that fill_ledger made]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from rich.console import Console
from sqlalchemy import func, select

from app.domain.fills import FillKind
from app.domain.issuances import IssuanceState
from app.domain.ledger import OfferState
from app.store import migrate, tables
from app.store.database import Database
from app.store.reading.filters import EventFilter, IssuanceFilter, OfferFilter, SaleFilter
from app.store.reading.records import Records
from app.store.reading.rows import SaleRow
from benchmarks.figures import Figure, Part, median_milliseconds, milliseconds, percentile, show
from benchmarks.parts.million import EXCHANGES, fill_ledger
from benchmarks.postgresql import postgresql

_WANTED_SECONDS = 0.050
_CAPTION = (
    "Each read with other values each time: any exchange, sale, order, issuance, and any time of the month. The ledger holds"
    " {fills:,} fills, {offers:,} offers, {issuances:,} issuances and {events:,} events; {waiting:,} sales wait. p95 of {times}."
)

_Read = Callable[[], object]
_Prepare = Callable[[], _Read]
"""Chooses the values, so that only the read itself is timed."""


def measure(database: Database, *, times: int = 40) -> Part:
    """Time each read of a ledger that `fill_ledger` made."""
    records, sizes = Records(database), _sizes(database)
    figures = [_figure(what, prepare, times) for what, prepare in _reads(records, _Chance(records, sizes)).items()]
    figures.append(_whole_list(records))
    return Part(f"Reads of the console, {database.dialect}", _CAPTION.format(**sizes, times=times), figures)


class _Chance:
    """Values that are in the ledger."""

    def __init__(self, records: Records, sizes: dict[str, int]) -> None:
        self.records = records
        self.turns = sizes["generations"]
        self.random = Random(2)  # noqa: S311  an example
        self.end = records.sales(limit=1).rows[0].recorded_at

    def exchange(self) -> str:
        """Return one of the exchanges."""
        return self.random.choice(list(EXCHANGES))

    def turn(self) -> int:
        """Return the number of a generation, and of an issuance."""
        return self.random.randrange(10, self.turns * 98 // 100)

    def moment(self) -> datetime:
        """Return a time of the month."""
        return self.end - timedelta(days=30) * self.random.random()


def _reads(records: Records, chance: _Chance) -> dict[str, _Prepare]:
    return {
        **_reads_of_sales(records, chance),
        **_reads_of_offers(records, chance),
        **_reads_of_issuances(records, chance),
        **_reads_of_events(records, chance),
        **_glances(records, chance),
    }


def _reads_of_sales(records: Records, chance: _Chance) -> dict[str, _Prepare]:
    def some_sale() -> SaleRow:
        wanted = SaleFilter(kind=FillKind.SALE, until=chance.moment())
        return (records.sales(wanted, limit=1).rows or records.sales(limit=1).rows)[0]

    def deep() -> _Read:
        after = records.sales(SaleFilter(until=chance.moment())).next
        return lambda: records.sales(after=after)

    wanted: dict[str, Callable[[], SaleFilter]] = {
        "newest": SaleFilter,
        "of an exchange": lambda: SaleFilter(chance.exchange()),
        "of an exchange, up to a time": lambda: SaleFilter(chance.exchange(), until=chance.moment()),
        "of a time": lambda: SaleFilter(since=(at := chance.moment()), until=at + timedelta(hours=1)),
        "sales": lambda: SaleFilter(kind=FillKind.SALE),
        "sales of an exchange": lambda: SaleFilter(chance.exchange(), FillKind.SALE),
        "buys": lambda: SaleFilter(kind=FillKind.OTHER),
        "unclaimed": lambda: SaleFilter(kind=FillKind.UNCLAIMED),
        "dismissed on an exchange": lambda: SaleFilter(chance.exchange(), FillKind.DISMISSED),
        "issued": lambda: SaleFilter(is_issued=True),
        "issued, of an exchange, up to a time": lambda: SaleFilter(
            chance.exchange(), is_issued=True, until=chance.moment()
        ),
        "not issued": lambda: SaleFilter(is_issued=False),
        "not issued, of an exchange": lambda: SaleFilter(chance.exchange(), is_issued=False),
        "of an order": lambda: SaleFilter(order_id=some_sale().exchange_order_id),
        "by its id": lambda: SaleFilter(fill_id=some_sale().fill_id),
        "by its id and exchange": lambda: SaleFilter((sale := some_sale()).exchange, fill_id=sale.fill_id),
        "of an issuance": lambda: SaleFilter(issuance_id=chance.turn()),
    }
    reads = {f"sales: {what}": _ask(records.sales, filters) for what, filters in wanted.items()}
    return reads | {"sales: deep in the list": deep, "sales: newest 500": lambda: lambda: records.sales(limit=500)}


def _reads_of_offers(records: Records, chance: _Chance) -> dict[str, _Prepare]:
    wanted: dict[str, Callable[[], OfferFilter]] = {
        "newest": OfferFilter,
        "of an exchange, up to a time": lambda: OfferFilter(chance.exchange(), until=chance.moment()),
        "open": lambda: OfferFilter(state=OfferState.OPEN),
        "closed, of an exchange": lambda: OfferFilter(chance.exchange(), OfferState.CLOSED),
        "refused": lambda: OfferFilter(state=OfferState.REFUSED),
        "lost, of an exchange": lambda: OfferFilter(chance.exchange(), OfferState.LOST),
        "of a generation": lambda: OfferFilter(generation=chance.turn()),
    }
    return {f"offers: {what}": _ask(records.offers, filters) for what, filters in wanted.items()}


def _reads_of_issuances(records: Records, chance: _Chance) -> dict[str, _Prepare]:
    def some_hash() -> IssuanceFilter:
        found = records.issuances(IssuanceFilter(sequence=chance.turn())).rows
        return IssuanceFilter(tx_hash=found[0].tx_hash if found else "none")

    wanted: dict[str, Callable[[], IssuanceFilter]] = {
        "newest": IssuanceFilter,
        "issued, up to a time": lambda: IssuanceFilter(IssuanceState.ISSUED, until=chance.moment()),
        "submitted": lambda: IssuanceFilter(IssuanceState.SUBMITTED),
        "void": lambda: IssuanceFilter(IssuanceState.VOID),
        "by its sequence": lambda: IssuanceFilter(sequence=chance.turn()),
        "by its hash": some_hash,
    }
    return {f"issuances: {what}": _ask(records.issuances, filters) for what, filters in wanted.items()}


def _reads_of_events(records: Records, chance: _Chance) -> dict[str, _Prepare]:
    wanted: dict[str, Callable[[], EventFilter]] = {
        "newest": EventFilter,
        "of an hour": lambda: EventFilter(since=(at := chance.moment()), until=at + timedelta(hours=1)),
        "of a frequent kind": lambda: EventFilter(("IssuanceIssued",)),
        "of a rare kind": lambda: EventFilter(("ExchangeDown",)),
        "of three kinds, up to a time": lambda: EventFilter(
            ("ExchangeDown", "FillsRecorded", "IssuancePrepared"), until=chance.moment()
        ),
        "about an exchange": lambda: EventFilter(subject=chance.exchange()),
        "about an issuance": lambda: EventFilter(subject=str(chance.turn())),
        "of two that never meet": lambda: EventFilter(("GenerationDecided",), chance.exchange()),
    }
    return {f"events: {what}": _ask(records.events, filters) for what, filters in wanted.items()}


def _glances(records: Records, chance: _Chance) -> dict[str, _Prepare]:
    def story() -> _Read:
        sale = (records.sales(SaleFilter(until=chance.moment()), limit=1).rows or records.sales(limit=1).rows)[0]
        return lambda: records.story(sale.exchange, sale.fill_id)

    def after_a_number() -> _Read:
        number = records.newest_event() - 100
        return lambda: records.events_after(number, 100)

    reads: dict[str, _Read] = {
        "pipeline": lambda: records.pipeline(chance.end),
        "exchanges": records.exchanges,
        "day totals of 90 days": lambda: records.day_totals((chance.end - timedelta(days=90)).date()),
        "money raised": records.money_raised,
        "basis": records.basis_napu,
        "newest event": records.newest_event,
        "kinds of events": records.event_kinds,
    }
    always = {what: _always(read) for what, read in reads.items()}
    return {"the story of a sale": story, **always, "100 events after a number": after_a_number}


def _always(read: _Read) -> _Prepare:
    return lambda: read


def _ask(read: Callable[..., object], choose: Callable[[], object]) -> _Prepare:
    def prepare() -> _Read:
        wanted = choose()
        return lambda: read(wanted)

    return prepare


def _figure(what: str, prepare: _Prepare, times: int) -> Figure:
    durations = []
    prepare()()
    for _ in range(times):
        read = prepare()
        start = time.perf_counter()
        read()
        durations.append(time.perf_counter() - start)
    p95 = percentile(durations, 95)
    slowest = f"p50 {median_milliseconds(durations)}, slowest {milliseconds(max(durations))}"
    return Figure(what, milliseconds(p95), f"< {milliseconds(_WANTED_SECONDS)}", slowest, p95 < _WANTED_SECONDS)


def _whole_list(records: Records) -> Figure:
    start = time.perf_counter()
    count = sum(1 for _ in records.every_sale())
    rate = count / (time.perf_counter() - start)
    return Figure("every fill, as for a CSV file", f"{rate:,.0f} rows/s", yardstick=f"{count:,} rows")


def _sizes(database: Database) -> dict[str, int]:
    names = {"fills": tables.fill, "offers": tables.offer, "issuances": tables.issuance, "events": tables.event}
    waiting = select(func.count()).select_from(tables.fill).where(tables.IS_WAITING)
    with database.read() as connection:
        sizes = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in (names | {"generations": tables.generation}).items()
        }
        return sizes | {"waiting": connection.execute(waiting).scalar_one()}


def _ledgers(fills: int) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="meic-bench-") as folder, postgresql() as server:
        for url in (f"sqlite:///{Path(folder) / 'ledger.sqlite3'}", server):
            database = Database(url)
            try:
                migrate.upgrade(database)
                fill_ledger(database, fills=fills, waiting=fills // 100)
                yield database
            finally:
                database.close()


def main() -> int:
    """Measure on both databases, or on one that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fills", type=int, default=1_000_000)
    parser.add_argument("--url", help="of a ledger that fill_ledger made")
    options = parser.parse_args()
    ledgers = iter([Database(options.url)]) if options.url else _ledgers(options.fills)
    for database in ledgers:
        show(Console(width=130), measure(database))
    return 0


if __name__ == "__main__":
    sys.exit(main())
