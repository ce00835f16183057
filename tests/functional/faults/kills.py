"""Kill one thing, and measure how long it takes until sales are issued again."""

import os
import signal
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from tests.functional.faults.world import CHILD, World
from tests.functional.instance import wait_until

ISSUING_LIMIT_SECONDS = 15.0
"""After any single kill at light load, issuing goes on within this, counted from the process being back."""

_BACK_LIMIT_SECONDS = 60.0
_GO_ON_LIMIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill and what came of it.

    Attributes:
        what: the part or the crash point.
        part: who died.
        back_seconds: until another process of that part was there.
        issuing_seconds: from then until the next sale was issued.
    """

    what: str
    part: str
    back_seconds: float
    issuing_seconds: float


class IssuedSales:
    """Watches the number of issued sales, in a thread of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = Lock()
        self._stop = Event()
        self._moments: list[float] = []
        self.count = 0

    def issued_after(self, moment: float) -> float | None:
        """Return when the first sale after a moment was seen to be issued, both on `time.monotonic`; None before it."""
        with self._lock:
            position = bisect_right(self._moments, moment)
            return self._moments[position] if position < len(self._moments) else None

    def look(self) -> None:
        """Look until told to stop."""
        while not self._stop.wait(0.05):
            with suppress(SQLAlchemyError):  # its server may be dead
                count = self._world.instance.issued_sales()
                with self._lock:
                    if count > self.count:
                        self.count = count
                        self._moments.append(time.monotonic())

    def stop(self) -> None:
        """Look no longer."""
        self._stop.set()


@contextmanager
def watched_sales(world: World) -> Iterator[IssuedSales]:
    """Watch the issued sales for the block."""
    sales = IssuedSales(world)
    thread = Thread(target=sales.look, name="issued sales")
    thread.start()
    try:
        yield sales
    finally:
        sales.stop()
        thread.join()


def kill_part(world: World, part: str) -> tuple[int, float]:
    """Kill a part by SIGKILL at whatever moment this is; return its process id and when that was."""
    found: list[int] = []

    def is_running() -> bool:
        pid = world.pid_of(part)
        found.extend([] if pid is None else [pid])
        return bool(found)

    wait_until(is_running, _BACK_LIMIT_SECONDS, f"{part} is running")
    pid = found[0]
    with suppress(ProcessLookupError):  # it ended in between, by another's doing
        os.kill(pid, signal.SIGKILL)
    return pid, time.monotonic()


def wait_until_back(world: World, part: str, pid: int, killed_at: float) -> float:
    """Wait until a part is another process than the one that died; return how long it took since then, in seconds."""
    wait_until(lambda: world.pid_of(part) not in (None, pid), _BACK_LIMIT_SECONDS, f"{part} is back")
    return time.monotonic() - killed_at


def processes(world: World) -> dict[int, str]:
    """Return the parts that can die at a crash point, by process id."""
    found = {world.pid_of(part): part for part in ("polling", "offers", "issuer", "signer")}
    return {pid: part for pid, part in found.items() if pid is not None}


def single_kill(world: World, sales: IssuedSales, part: str) -> Kill:
    """Kill a part while all is well, and wait until issuing goes on."""
    _wait_for_calm(sales, part)
    pid, killed_at = kill_part(world, part)
    back = wait_until_back(world, part, pid, killed_at)
    return Kill(part, part, back, _issuing_again(sales, part))


def single_crash(world: World, sales: IssuedSales, point: str, limit_seconds: float = 90.0) -> Kill:
    """Have a process die at a crash point while all is well, and wait until issuing goes on."""
    _wait_for_calm(sales, point)
    before = processes(world)
    world.arm(point)
    pid = wait_for_death(world, point, limit_seconds)
    killed_at = time.monotonic()
    part = before.get(pid, CHILD)
    back = wait_until_back(world, part, pid, killed_at)
    return Kill(point, part, back, _issuing_again(sales, point))


def wait_for_death(world: World, point: str, limit_seconds: float) -> int:
    """Wait until somebody died at an armed crash point; return who."""
    died: list[int] = []

    def has_died() -> bool:
        if (pid := world.died_at(point)) is not None:
            died.append(pid)
        return bool(died)

    wait_until(has_died, limit_seconds, f"somebody died {point}")
    return died[0]


def _wait_for_calm(sales: IssuedSales, what: str) -> None:
    now = time.monotonic()
    wait_until(lambda: sales.issued_after(now), _GO_ON_LIMIT_SECONDS, f"sales are issued before {what}")


def _issuing_again(sales: IssuedSales, what: str) -> float:
    back_at = time.monotonic()
    wait_until(lambda: sales.issued_after(back_at), _GO_ON_LIMIT_SECONDS, f"sales are issued after {what}")
    return (sales.issued_after(back_at) or 0.0) - back_at


def table(kills: list[Kill]) -> str:
    """Return the kills as text, the slowest to issue again first."""
    lines = [f"{'killed':<38} {'who':<16} {'back s':>7} {'issuing s':>10}"]
    lines += [
        f"{kill.what:<38} {kill.part:<16} {kill.back_seconds:>7.1f} {kill.issuing_seconds:>10.1f}"
        for kill in sorted(kills, key=lambda kill: -kill.issuing_seconds)
    ]
    return "\n".join(lines)
