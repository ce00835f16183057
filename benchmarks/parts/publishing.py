"""Publishing to 1, 10 and 100 exchanges whose every call takes 100 ms, against the same calls made directly."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

from app.domain.markets import Market
from app.domain.money import NAPU_PER_NDAU
from app.domain.offers import Level
from app.domain.price_curve import BLOCK_NAPU
from benchmarks.bare_workers import bare_workers
from benchmarks.drivers.waiting import CALL_SECONDS, WaitingOts
from benchmarks.figures import Figure, Part
from benchmarks.offers_deployment import OffersDeployment, running_offers
from benchmarks.processes import wait_until

_CALLS = 3
_WANTED = {1: None, 10: 1.3, 100: 2.2}
_FLAT_NAPU = 40_000 * BLOCK_NAPU
"""Where the price no longer rises: both levels have one price, so when more is issued something is only added."""
_HALF_NAPU = 500 * NAPU_PER_NDAU
_MARKET = Market("NDAU_USDT", 10**9, 10**6)
_LEVEL = Level(price_nanocents=10**9, quantity_napu=_HALF_NAPU)
_CAPTION = (
    "The clock starts when publish_offers is rung and ends when the ledger says that every exchange shows the new decision."
    " What changed is the amount issued, so that each exchange is read (fills, open orders) and gets one more order: 3 calls,"
    " 100 ms each, one after the other. Real workers with the Procfile's pools, the real registry, SQLite; only the exchanges"
    " are simulated. Medians. Yardsticks: the same calls, a thread for each exchange, in one process; and a bare Celery chord"
    " whose tasks wait as long and do nothing else."
)


def measure(*, quick: bool) -> Part:
    """Publish a change to each number of exchanges, some rounds each, and compare the medians."""
    rounds = 5 if quick else 11
    ours, bare = {}, {}
    for number in _WANTED:
        with running_offers(number, _FLAT_NAPU) as deployment:
            _publish(deployment, number)
            ours[number] = [_published_change(deployment, number) for _ in range(rounds)]
            if number == max(_WANTED):  # any one deployment's broker serves
                bare = _bare_chords(deployment, rounds)
    direct = {number: [_direct(number) for _ in range(rounds)] for number in _WANTED}
    figures = [
        _figure(number, *(statistics.median(each[number]) for each in (ours, direct, bare))) for number in _WANTED
    ]
    return Part("Publishing a change to every exchange", _CAPTION, figures)


def _figure(number: int, ours: float, direct: float, bare: float) -> Figure:
    wanted = _WANTED[number]
    return Figure(
        f"{number} exchange{'s' * (number > 1)}",
        f"{ours:.3f} s, {ours / direct:.2f} times direct",
        f"< {wanted} times" if wanted else "",
        f"direct {direct:.3f} s; bare chord that waits {bare:.3f} s, {bare / direct:.2f} times",
        ours / direct < wanted if wanted else None,
    )


def _bare_chords(deployment: OffersDeployment, rounds: int) -> dict[int, list[float]]:
    with bare_workers(deployment.broker_url, deployment.home.logs) as bare:
        return {
            number: [bare.chord_that_waits(number, _CALLS * CALL_SECONDS) for _ in range(rounds)] for number in _WANTED
        }


def _published_change(deployment: OffersDeployment, exchanges: int) -> float:
    """Make room with half a block, whose cancels are not measured; then issue the other half, and measure."""
    deployment.issue_elsewhere(_HALF_NAPU)
    _publish(deployment, exchanges)
    deployment.issue_elsewhere(_HALF_NAPU)
    return _publish(deployment, exchanges)


def _publish(deployment: OffersDeployment, exchanges: int) -> float:
    """Ring publishing; return how long it takes until the ledger says that every exchange shows the new decision."""
    before = deployment.newest_generation()
    start = time.perf_counter()
    deployment.celery.send_task("tasks.offering.publish_offers", ["issued"], queue="offers")
    wait_until(
        lambda: deployment.exchanges_showing(before + 1) >= exchanges,
        what=f"{exchanges} exchanges to show generation {before + 1}",
        look_seconds=0.003,
    )
    return time.perf_counter() - start


def _direct(exchanges: int) -> float:
    """Make the same calls at once, a thread for each exchange."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(exchanges) as pool:
        systems = [
            WaitingOts(f"direct_{number}", _MARKET, folder=Path(folder), call_seconds=CALL_SECONDS)
            for number in range(exchanges)
        ]
        # All threads stand ready, as the workers' do.
        ready = Barrier(exchanges + 1)
        waiting = [pool.submit(ready.wait) for _ in systems]
        ready.wait()
        for each in waiting:
            each.result()
        start = time.perf_counter()
        for done in [pool.submit(_three_calls, system) for system in systems]:
            done.result()
        return time.perf_counter() - start


def _three_calls(system: WaitingOts) -> None:
    for page in system.read_fills(None, datetime.now(UTC)):
        raise AssertionError(page)
    system.open_orders()
    system.place_offer("direct", _LEVEL)
