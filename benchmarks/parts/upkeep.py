"""What one more exchange costs while nothing happens on it: processor time and memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from app.domain.price_curve import BLOCK_NAPU
from benchmarks.figures import Figure, Part
from benchmarks.offers_deployment import OffersDeployment, running_offers

_FEW, _MANY = 10, 100
_POLL_SECONDS = 2.0
_FLAT_NAPU = 40_000 * BLOCK_NAPU
_MEBIBYTE = 2**20
_CAPTION = (
    f"The same workers with {_FEW} and with {_MANY} exchanges, each polled every {_POLL_SECONDS:g} s as beat does (100 ms a call, nothing"
    " new); the difference, divided by the exchanges between. Processor time of the workers and the broker, as a share of one"
    " core; memory as PSS of the same processes at the end. The driver is the benchmarks' own; what a client of CCXT"
    " holds is a figure of its own."
)


@dataclass(frozen=True, slots=True)
class _Cost:
    cores: float
    pss: int


def measure(*, quick: bool) -> Part:
    """Let each number of exchanges be polled for 40 s (15 when quick)."""
    seconds = 15 if quick else 40
    few, many = (_cost(number, seconds) for number in (_FEW, _MANY))
    between = _MANY - _FEW
    figures = [
        *(
            Figure(f"{number} exchanges", f"{cost.cores:.1%} of a core", "", f"PSS {cost.pss / _MEBIBYTE:.0f} MiB")
            for number, cost in ((_FEW, few), (_MANY, many))
        ),
        Figure("one more: processor", f"{(many.cores - few.cores) / between:.2%} of a core"),
        Figure("one more: memory", f"{(many.pss - few.pss) / between / _MEBIBYTE:.2f} MiB"),
    ]
    return Part("What an exchange costs", _CAPTION, figures)


def _cost(exchanges: int, seconds: int) -> _Cost:
    with running_offers(exchanges, _FLAT_NAPU) as deployment, _polled(deployment, exchanges):
        threading.Event().wait(3 * _POLL_SECONDS)
        processes = [psutil.Process(pid) for pid in deployment.pids]
        before, start = _processor_seconds(processes), time.monotonic()
        threading.Event().wait(seconds)
        cores = (_processor_seconds(processes) - before) / (time.monotonic() - start)
        return _Cost(cores, sum(each.memory_full_info().pss for each in _family(processes)))


def _processor_seconds(processes: list[psutil.Process]) -> float:
    times = [each.cpu_times() for each in _family(processes)]
    return sum(each.user + each.system for each in times)


def _family(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [member for each in processes for member in (each, *each.children(recursive=True))]


@contextmanager
def _polled(deployment: OffersDeployment, exchanges: int) -> Iterator[None]:
    stop, names = threading.Event(), [f"waiting_{number}" for number in range(exchanges)]

    def ring() -> None:
        while not stop.is_set():
            start = time.monotonic()
            deployment.ring_polls(names, _POLL_SECONDS)
            stop.wait(max(0.0, _POLL_SECONDS - (time.monotonic() - start)))

    thread = threading.Thread(target=ring)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
