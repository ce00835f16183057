"""From "fill visible at the exchange" to "Issue submitted", through the processes of a whole instance."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.bare_database import bare_database
from benchmarks.bare_workers import bare_workers
from benchmarks.figures import Figure, Part, median_milliseconds, milliseconds, percentile
from benchmarks.following import Sample, buy, buyer_on, follow, seconds_to, stage_figures
from benchmarks.instance import RunningInstance
from venue.clients import VenueClient

_WANTED_MEDIAN_SECONDS, _WANTED_P99_SECONDS = 0.050, 0.200
_EXCHANGE = "bitmart"
_WARM_UP = 5
_COMMITS = 5
_CAPTION = (
    "A buyer trades on a real venue; the clock starts when the buyer's order call has returned, and the poll is rung at that"
    " moment (beat's wait, up to poll_seconds, is left out). It ends with the ledger's event IssuanceSubmitted. One trade at a"
    " time, the next when all is issued and offered again; the whole of `meic up` runs, with 3 venues, Flower and beat, on an"
    " instant chain. Rows without a target: where the time goes, and 'in a block', which ends with IssuanceIssued. Events carry"
    " the time at which their transaction began. Yardstick: two empty tasks, one ringing the other, through the same broker and"
    " pools, and as many durable commits as the path has."
)


def measure(instance: RunningInstance, *, quick: bool) -> Part:
    """Trade 100 times (30 when quick) and follow each trade to its Issue."""
    with buyer_on(instance, _EXCHANGE) as buyer:
        samples = [follow(instance, partial(_trade, instance, buyer)) for _ in range(_WARM_UP + (30 if quick else 100))]
    samples = samples[_WARM_UP:]
    logs, url = instance.home.folder, instance.settings.broker.url.get_secret_value()
    with bare_workers(url, logs) as bare:
        hops = [bare.two_hops() for _ in samples]
    commits = _bare_commits(len(samples))
    return Part(
        f"From visible fill to submitted Issue ({len(samples)} sales)", _CAPTION, list(_figures(samples, hops, commits))
    )


def _figures(samples: Sequence[Sample], hops: Sequence[float], commits: Sequence[float]) -> Iterator[Figure]:
    submitted, issued = seconds_to(samples, "IssuanceSubmitted"), seconds_to(samples, "IssuanceIssued")
    median, p99 = statistics.median(submitted), percentile(submitted, 99)
    floor = statistics.median(hops) + statistics.median(commits)
    bare = f"2 bare hops {median_milliseconds(hops)} + {_COMMITS} commits {median_milliseconds(commits)}"
    yield Figure(
        "submitted, p50",
        milliseconds(median),
        "< 50 ms",
        f"{bare}: {median / floor:.1f} times",
        median < _WANTED_MEDIAN_SECONDS,
    )
    yield Figure(
        "submitted, p99",
        milliseconds(p99),
        "< 200 ms",
        f"2 bare hops, p99 {milliseconds(percentile(hops, 99))}",
        p99 < _WANTED_P99_SECONDS,
    )
    yield Figure("submitted, slowest", milliseconds(max(submitted)))
    yield Figure("in a block, p50", median_milliseconds(issued))
    yield from stage_figures(samples, "visible")


def _trade(instance: RunningInstance, buyer: VenueClient) -> float:
    buy(buyer)
    visible = time.time()
    instance.celery.send_task("tasks.polling.poll_exchange", [_EXCHANGE], queue="polling")
    return visible


def _bare_commits(samples: int) -> list[float]:
    """Commit a row as often as the path from fill to submission does, as durably, with nothing around it."""
    with tempfile.TemporaryDirectory(prefix="meic-bench-") as folder, bare_database(Path(folder)) as connection:
        connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT)")
        return [_timed(lambda: _commit(connection)) for _ in range(samples)]


def _commit(connection: sqlite3.Connection) -> None:
    for _ in range(_COMMITS):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO row (text) VALUES ('one')")
        connection.execute("COMMIT")


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
