"""100 exchanges of which 30 hang for their whole time-out: what that costs the other 70."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.money import NAPU_PER_NDAU
from app.domain.price_curve import BLOCK_NAPU
from benchmarks.drivers.hanging import hangs, read_at
from benchmarks.figures import Figure, Part
from benchmarks.offers_deployment import OffersDeployment, running_offers
from benchmarks.processes import wait_until

_ALL, _HANGING = 100, 30
_POLL_SECONDS = 2.0
_WANTED_SECONDS = 2.0
_SWEEP_TURNS = 3
_OUTAGE_SECONDS = 40
_FLAT_NAPU = 40_000 * BLOCK_NAPU
_HALF_NAPU = 500 * NAPU_PER_NDAU
_HEALTHY = [f"waiting_{number}" for number in range(_HANGING, _ALL)]
_DOWN = [f"waiting_{number}" for number in range(_HANGING)]
_CAPTION = (
    "Polls are rung for all 100 exchanges every 2 s, as beat does, and the sweep every 5 s. Then 30 of them hang: each call waits"
    " 10 s and fails. Every few seconds the amount issued changes and publishing is rung; measured is how long it takes until"
    " the other 70 show the new decision, and the longest time between two readings of any of them. At the end the 30 answer"
    " again; measured is how long it takes until they show the newest decision. Real workers with the Procfile's pools, SQLite."
)


def measure() -> Part:
    """Measure before, during and after."""
    with running_offers(_ALL, _FLAT_NAPU, driver="hanging") as deployment:
        _published(deployment, _ALL)
        with _beat(deployment), _watched(deployment) as watch:
            before = [_published_change(deployment, _ALL) for _ in range(5)]
            calm, watch.longest = watch.longest, 0.0
            for name in _DOWN:
                hangs(deployment.home.folder, name).touch()
            start, during = time.monotonic(), []
            while time.monotonic() - start < _OUTAGE_SECONDS:
                during.append(_published_change(deployment, len(_HEALTHY)))
                threading.Event().wait(1.0)
            longest = watch.longest
            for name in _DOWN:
                hangs(deployment.home.folder, name).unlink()
            newest, start = deployment.newest_generation(), time.monotonic()
            wait_until(lambda: deployment.exchanges_showing(newest) >= _ALL, what="all of them", limit_seconds=120)
            back = time.monotonic() - start
    figures = [
        Figure(
            "offers on all 100, before",
            f"median {statistics.median(before):.2f} s",
            "",
            f"slowest {max(before):.2f} s",
            None,
        ),
        Figure(
            "offers on the 70, while 30 hang",
            f"slowest {max(during):.2f} s of {len(during)}",
            f"< {_WANTED_SECONDS:g} s",
            f"median {statistics.median(during):.2f} s, the first {during[0]:.2f} s",
            max(during) < _WANTED_SECONDS,
        ),
        Figure(
            "between two readings of one of the 70",
            f"at most {longest:.2f} s",
            f"< {2 * _POLL_SECONDS:g} s",
            f"before {calm:.2f} s; rung every {_POLL_SECONDS:g} s",
            longest < 2 * _POLL_SECONDS,
        ),
        Figure("until the 30 show the newest again", f"{back:.1f} s", "", "a probe is due after at most 60 s", None),
    ]
    return Part("30 of 100 exchanges hang", _CAPTION, figures)


class _Watch:
    longest = 0.0


@contextmanager
def _watched(deployment: OffersDeployment) -> Iterator[_Watch]:
    """Keep the longest time for which a healthy exchange's fills were not read."""
    watch, stop = _Watch(), threading.Event()

    def look() -> None:
        while not stop.wait(0.1):
            for name in _HEALTHY:
                file = read_at(deployment.home.folder, name)
                watch.longest = max(watch.longest, time.time() - file.stat().st_mtime)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()


@contextmanager
def _beat(deployment: OffersDeployment) -> Iterator[None]:
    """Ring as beat does."""
    stop, names = threading.Event(), _HEALTHY + _DOWN

    def ring() -> None:
        turn = 0
        while not stop.is_set():
            start = time.monotonic()
            deployment.ring_polls(names, _POLL_SECONDS)
            if turn % _SWEEP_TURNS == 0:
                deployment.celery.send_task("tasks.offering.republish_lagging", queue="offers", ignore_result=True)
            turn += 1
            stop.wait(max(0.0, _POLL_SECONDS - (time.monotonic() - start)))

    thread = threading.Thread(target=ring)
    thread.start()
    threading.Event().wait(2 * _POLL_SECONDS)
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _published_change(deployment: OffersDeployment, exchanges: int) -> float:
    deployment.issue_elsewhere(_HALF_NAPU)
    return _published(deployment, exchanges)


def _published(deployment: OffersDeployment, exchanges: int) -> float:
    before, start = deployment.newest_generation(), time.monotonic()
    deployment.celery.send_task("tasks.offering.publish_offers", ["issued"], queue="offers", ignore_result=True)
    wait_until(
        lambda: deployment.exchanges_showing(before + 1) >= exchanges,
        what=f"{exchanges} exchanges to show generation {before + 1}",
        look_seconds=0.01,
    )
    return time.monotonic() - start
