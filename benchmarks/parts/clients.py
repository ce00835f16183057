"""What one exchange through CCXT holds and takes: memory of a client, processor time of a reading."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psutil
import requests

from benchmarks.figures import Figure, Part, milliseconds
from benchmarks.stream_world import World
from exchanges.ccxt import build
from exchanges.ccxt.ots import CcxtOts
from exchanges.config import ExchangeConfig

_CLIENTS = 20
_MEBIBYTE = 2**20
_CAPTION = (
    f"{_CLIENTS} accounts in one process, through CCXT's binance client, at a venue that speaks its API; each has read its market, its"
    " fills and its open orders (two calls at once borrow two clients). PSS of the process, after the first, divided by the"
    " others. A reading of fills that finds nothing new, in processor time of its thread; yardstick: a"
    " GET of the same venue by requests, its answer parsed."
)


def measure(world: World, *, quick: bool) -> Part:
    """Open the accounts, and read 200 times (50 when quick)."""
    readings = 50 if quick else 200
    first = _opened(world, 0)
    before = psutil.Process().memory_full_info().pss
    others = [_opened(world, number) for number in range(1, _CLIENTS)]
    each = (psutil.Process().memory_full_info().pss - before) / len(others)
    since = datetime.now(UTC)
    reading = _processor_seconds(lambda: list(first.read_fills(None, since)), readings)
    with requests.Session() as session:
        session.trust_env = False
        url = f"{world.issuer.endpoint}/api/v3/depth?symbol=NDAUUSDT"
        bare = _processor_seconds(lambda: session.get(url, timeout=10).json(), readings)
    for ots in (first, *others):
        ots.close()
    figures = [
        Figure("memory of one more account", f"{each / _MEBIBYTE:.2f} MiB"),
        Figure(
            "a reading, processor",
            milliseconds(reading),
            yardstick=f"a bare GET {milliseconds(bare)}: {reading / bare:.1f} times",
        ),
    ]
    return Part("What an account through CCXT costs", _CAPTION, figures)


def _opened(world: World, number: int) -> CcxtOts:
    config = ExchangeConfig(
        name=f"north_{number}",
        driver="ccxt",
        id="binance",
        symbol="NDAU/USDT",
        key_file=world.key_file,
        endpoint=world.issuer.endpoint,
    )
    ots = build(config)
    list(ots.read_fills(None, datetime.now(UTC)))
    ots.open_orders()
    return ots


def _processor_seconds(work: Callable[[], object], times: int) -> float:
    """Return the median processor time of this thread for one."""
    taken = []
    for _ in range(times):
        start = time.thread_time()
        work()
        taken.append(time.thread_time() - start)
    return statistics.median(taken)
