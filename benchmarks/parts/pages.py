"""How long the console takes for each of its pages while the ledger holds a million fills."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random

from app.access.control import AccessControl
from app.clock import SystemClock
from app.domain.fills import FillKind
from app.store import migrate
from app.store.database import Database
from app.store.reading.filters import SaleFilter
from app.store.reading.records import Records
from benchmarks.console_process import Visit, running_console
from benchmarks.figures import Figure, Part, median_milliseconds, milliseconds, percentile
from benchmarks.parts.million import EXCHANGES, fill_ledger
from benchmarks.postgresql import postgresql

_WANTED_SECONDS = 0.200
_CAPTION = (
    "Whole answers of `meic console` over HTTP on one kept connection, one at a time, {times} of each, with other values each"
    " time; the ledger holds {fills:,} fills. p95. Yardstick: the same console's answer without the ledger (its style sheet)."
)
_YARDSTICK = "/static/console.css"


def measure(*, quick: bool) -> Iterator[Part]:
    """Measure on SQLite and on PostgreSQL."""
    fills, times = (100_000, 20) if quick else (1_000_000, 60)
    with tempfile.TemporaryDirectory(prefix="meic-bench-") as folder, postgresql() as server:
        for kind, url in (("SQLite", f"sqlite:///{Path(folder) / 'ledger.sqlite3'}"), ("PostgreSQL", server)):
            with closing(Database(url)) as database:
                migrate.upgrade(database)
                fill_ledger(database, fills=fills, waiting=fills // 100)
                access = AccessControl(
                    database, SystemClock(), session_lifetime=timedelta(hours=1), session_idle=timedelta(hours=1)
                )
                with running_console(Path(folder) / kind, url, access) as visit:
                    figures = list(_figures(visit, Records(database), times))
            yield Part(f"Pages of the console, {kind}", _CAPTION.format(times=times, fills=fills), figures)


def _figures(visit: Visit, records: Records, times: int) -> Iterator[Figure]:
    yardstick = _durations(visit, cycle([_YARDSTICK]), times)
    bare = f"{milliseconds(percentile(yardstick, 95))} (p50 {median_milliseconds(yardstick)})"
    for what, choose in _pages(records).items():
        durations = _durations(visit, choose(), times)
        p95 = percentile(durations, 95)
        measured = f"{milliseconds(p95)} (p50 {median_milliseconds(durations)})"
        yield Figure(what, measured, f"< {milliseconds(_WANTED_SECONDS)}", bare, p95 < _WANTED_SECONDS)


def _durations(visit: Visit, paths: Iterator[str], times: int) -> list[float]:
    visit.read(next(paths))
    durations = []
    for path in islice(paths, times):
        start = time.perf_counter()
        visit.read(path)
        durations.append(time.perf_counter() - start)
    return durations


def _pages(records: Records) -> dict[str, Callable[[], Iterator[str]]]:
    random, end = Random(3), records.sales(limit=1).rows[0].recorded_at  # noqa: S311  an example

    def moment() -> str:
        return f"{end - timedelta(days=30) * random.random():%Y-%m-%dT%H:%M:%S}"

    def each(make: Callable[[], str]) -> Callable[[], Iterator[str]]:
        return lambda: iter(make, "")

    def exchange() -> str:
        return random.choice(list(EXCHANGES))

    def story() -> str:
        sale = records.sales(SaleFilter(kind=FillKind.SALE, exchange=exchange()), limit=500).rows
        chosen = random.choice(sale)
        return f"/sales/{chosen.exchange}/{chosen.fill_id}"

    def issuance() -> str:
        return f"/issuances/{random.randrange(10, records.issuances(limit=1).rows[0].id)}"

    return {
        "overview": each(lambda: "/"),
        "sales": each(lambda: "/sales"),
        "sales of an exchange up to a time": each(lambda: f"/sales?exchange={exchange()}&until={moment()}"),
        "sales not issued": each(lambda: "/sales?issued=no"),
        "unclaimed sells": each(lambda: "/sales?kind=unclaimed"),
        "a sale's story": each(story),
        "issuances": each(lambda: f"/issuances?until={moment()}"),
        "an issuance": each(issuance),
        "offers of an exchange": each(lambda: f"/offers?exchange={exchange()}&until={moment()}"),
        "events": each(lambda: f"/events?until={moment()}"),
        "events of a rare kind": each(lambda: "/events?kind=ExchangeDown"),
        "exchanges": each(lambda: "/exchanges"),
        "an exchange": each(lambda: f"/exchanges/{exchange()}"),
        "halts": each(lambda: "/halts"),
        "alerts": each(lambda: "/alerts"),
        "people": each(lambda: "/people"),
        "API: overview": each(lambda: "/api/v1/overview"),
        "API: sales": each(lambda: f"/api/v1/sales?exchange={exchange()}"),
    }
