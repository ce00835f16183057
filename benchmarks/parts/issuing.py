"""From "fill visible at the exchange" to "Issue submitted", through the processes of a whole instance."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from benchmarks.bare_database import bare_database
from benchmarks.bare_workers import bare_workers
from benchmarks.figures import Figure, Part, median_milliseconds, milliseconds, percentile
from benchmarks.instance import RunningInstance
from benchmarks.processes import BenchmarkFailed, wait_until
from venue.client import TraderClient

_WANTED_MEDIAN_SECONDS, _WANTED_P99_SECONDS = 0.050, 0.200
_QUANTITY = Decimal("0.1")
_WARM_UP = 5
_COMMITS = 5
_STAGES = ("FillsRecorded", "IssuancePrepared", "IssuanceSigned", "IssuanceSubmitted", "IssuanceIssued")
_CAPTION = (
    "A buyer trades on a real venue; the clock starts when the buyer's order call has returned, and the poll is rung at that"
    " moment (beat's wait, up to poll_seconds, is left out). It ends with the ledger's event IssuanceSubmitted. One trade at a"
    " time, the next when all is issued and offered again; the whole of `meic up` runs, with 3 venues, Flower and beat, on an"
    " instant chain. Rows without a target: where the time goes, and 'in a block', which ends with IssuanceIssued. Events carry"
    " the time at which their transaction began. Yardstick: two empty tasks, one ringing the other, through the same broker and"
    " pools, and as many durable commits as the path has."
)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Seconds from the order call's return to each stage."""

    seconds_to: dict[str, float]

    def between(self, first: str, last: str) -> float:
        return self.seconds_to[last] - self.seconds_to[first]


def measure(instance: RunningInstance, *, quick: bool) -> Part:
    """Trade 100 times (30 when quick) and follow each trade to its Issue."""
    with _buyer(instance) as buyer:
        samples = [_sample(instance, buyer) for _ in range(_WARM_UP + (30 if quick else 100))][_WARM_UP:]
    logs, url = instance.home.folder, instance.settings.broker.url.get_secret_value()
    with bare_workers(url, logs) as bare:
        hops = [bare.two_hops() for _ in samples]
    commits = _bare_commits(len(samples))
    return Part(
        f"From visible fill to submitted Issue ({len(samples)} sales)", _CAPTION, list(_figures(samples, hops, commits))
    )


def _figures(samples: Sequence[_Sample], hops: Sequence[float], commits: Sequence[float]) -> Iterator[Figure]:
    submitted = [sample.seconds_to["IssuanceSubmitted"] for sample in samples]
    issued = [sample.seconds_to["IssuanceIssued"] for sample in samples]
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
    yield Figure(
        "  visible to recorded", median_milliseconds([sample.seconds_to["FillsRecorded"] for sample in samples])
    )
    for first, last in pairwise(_STAGES):
        words = f"  {_words(first)} to {_words(last)}"
        yield Figure(words, median_milliseconds([sample.between(first, last) for sample in samples]))


def _words(stage: str) -> str:
    return stage.removeprefix("Issuance").removeprefix("Fills").lower()


@contextmanager
def _buyer(instance: RunningInstance) -> Iterator[TraderClient]:
    buyer = instance.buyer
    secret = buyer.secret.get_secret_value()
    with TraderClient(
        buyer.endpoint, access=buyer.access, secret=secret, memo=buyer.memo, symbol=buyer.symbol
    ) as client:
        yield client


def _sample(instance: RunningInstance, buyer: TraderClient) -> _Sample:
    exchange = instance.buyer.name.partition("-")[0]
    number = _last_event(instance)
    price = buyer.depth().asks[0].price
    buyer.place("buy", price, _QUANTITY)
    visible = time.time()
    instance.celery.send_task("tasks.polling.poll_exchange", [exchange], queue="polling")
    wait_until(lambda: _is_issued(instance, number), what="a sale to be issued")
    wait_until(instance.is_settled, what="the offers to be shown again")
    times = _events_after(instance, number)
    if [len(times.get(stage, ())) for stage in _STAGES] != [1] * len(_STAGES):
        raise BenchmarkFailed(f"one trade should make one issuance; the ledger tells of {times}")
    return _Sample({stage: times[stage][0] - visible for stage in _STAGES})


def _last_event(instance: RunningInstance) -> int:
    return instance.ledger.events.recent(1)[0].number


def _is_issued(instance: RunningInstance, after: int) -> bool:
    return "IssuanceIssued" in _events_after(instance, after)


def _events_after(instance: RunningInstance, number: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for event in instance.ledger.events.recent(100):
        if event.number > number:
            times.setdefault(event.kind, []).append(event.at.timestamp())
    return times


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
