"""What goes wrong during a torture run: lanes of faults, each a thread with dice of its own."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from threading import Condition, Event, Thread

import psutil

from tests.functional.faults.issuers import SecondIssuer
from tests.functional.faults.kills import (
    IssuedSales,
    kill_part,
    processes,
    wait_for_death,
    wait_until_back,
)
from tests.functional.faults.points import ISSUER_POINTS, SHARED_POINTS
from tests.functional.faults.proxy import Fault
from tests.functional.faults.world import CHILD, World
from tests.functional.instance import wait_until

_STUCK_SECONDS = 180.0
_POINT_SECONDS = 30.0
_SLOWER_THAN_LEASE_SECONDS = 12.0
_TWO_AT_ONCE = 0.2

SECOND_CHILD = "second issuer's child"


@dataclass(frozen=True, slots=True)
class Death:
    """One kill under fire: others happen at the same time.

    Attributes:
        back_at: when the part was another process, on `time.monotonic`.
    """

    what: str
    part: str
    back_at: float


@dataclass(slots=True)
class Torture:
    """What the lanes share."""

    world: World
    second: SecondIssuer | None
    sales: IssuedSales
    seed: int
    most_kills: int
    deaths: list[Death] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)
    _gate: Condition = field(default_factory=Condition)
    _is_paused: bool = False
    _busy: int = 0

    @property
    def goes_on(self) -> bool:
        """Whether there is more to do."""
        return not (self._ended.is_set() or self.problems or len(self.deaths) >= self.most_kills)

    def rest(self, seconds: float) -> None:
        """Wait, unless it ends."""
        self._ended.wait(seconds)

    @contextmanager
    def action(self) -> Iterator[None]:
        """Do something bad; not while the run is paused."""
        with self._gate:
            self._gate.wait_for(lambda: not self._is_paused or not self.goes_on)
            self._busy += 1
        try:
            yield
        finally:
            with self._gate:
                self._busy -= 1
                self._gate.notify_all()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let every action end, and no other begin, for the block."""
        with self._gate:
            self._is_paused = True
            self._gate.wait_for(lambda: self._busy == 0)
        try:
            yield
        finally:
            with self._gate:
                self._is_paused = False
                self._gate.notify_all()

    def end(self) -> None:
        """Have every lane end."""
        self._ended.set()
        with self._gate:
            self._gate.notify_all()


@contextmanager
def lanes(torture: Torture) -> Iterator[None]:
    """Let everything go wrong for the block."""
    threads = [
        Thread(target=_drive, args=(torture, lane, Random(f"{torture.seed}/{lane.__name__}")), name=lane.__name__)  # noqa: S311
        for lane in (issuer_points, shared_points, random_moments, broken_lines, slow_issuers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        torture.end()
        for thread in threads:
            thread.join()


def _drive(torture: Torture, lane: Callable[[Torture, Random], None], dice: Random) -> None:
    while torture.goes_on:
        try:
            lane(torture, dice)
        except AssertionError as error:
            torture.problems.append(f"{lane.__name__}: {error}")
        except psutil.NoSuchProcess:
            continue  # it died by another lane's doing


def issuer_points(torture: Torture, dice: Random) -> None:
    """Have the issuer's child die at each of its points, in any order; let something be issued after each."""
    die_and_issue(torture, dice, dice.sample(ISSUER_POINTS, len(ISSUER_POINTS)))


def die_and_issue(torture: Torture, dice: Random, points: Sequence[str]) -> None:
    """Have the issuer's child die at each point in turn; let something be issued after each."""
    for point in points:
        if not torture.goes_on:
            return
        with torture.action():
            died_at = _die_at(torture, point)
        if died_at is not None:
            torture.rest(dice.uniform(0.0, 2.0))
            wait_until(
                lambda at=died_at: torture.sales.issued_after(at) is not None or not torture.goes_on,  # type: ignore[misc]
                _STUCK_SECONDS,
                f"sales are issued after {point}",
            )


def shared_points(torture: Torture, dice: Random) -> None:
    """Have any worker die at each of their points, in any order."""
    die(torture, dice, dice.sample(SHARED_POINTS, len(SHARED_POINTS)))


def die(torture: Torture, dice: Random, points: Sequence[str]) -> None:
    """Have any worker die at each point in turn."""
    for point in points:
        if not torture.goes_on:
            return
        with torture.action():
            _die_at(torture, point)
        torture.rest(dice.uniform(0.0, 1.0))


def random_moments(torture: Torture, dice: Random) -> None:
    """Kill one or two parts at any moment."""
    torture.rest(dice.expovariate(1 / 3.0))
    if not torture.goes_on:
        return
    kill_together(torture, dice.sample(torture.world.parts, 2 if dice.random() < _TWO_AT_ONCE else 1))


def kill_together(torture: Torture, victims: Sequence[str]) -> None:
    """Kill parts at the same moment, and wait until each is back."""
    with torture.action():
        killed = [(part, *kill_part(torture.world, part)) for part in victims]
        for part, pid, killed_at in killed:
            seconds = wait_until_back(torture.world, part, pid, killed_at)
            torture.deaths.append(Death(part, part, killed_at + seconds))


def broken_lines(torture: Torture, dice: Random) -> None:
    """Break a line for some seconds."""
    torture.rest(dice.expovariate(1 / 8.0))
    if not torture.goes_on:
        return
    break_line(torture, dice.choice(sorted(torture.world.lines)), dice.choice(list(Fault)), dice.uniform(0.2, 5.0))


def break_line(torture: Torture, name: str, fault: Fault, seconds: float) -> None:
    """Have a line misbehave for a while."""
    with torture.action():
        proxy = torture.world.lines[name]
        proxy.fault = fault
        torture.faults.append(f"{name}: {fault}")
        torture.rest(seconds)
        proxy.fault = None


def slow_issuers(torture: Torture, dice: Random) -> None:
    """Stop one issuer's child for longer than its lease, and let it go on; or kill the second issuer."""
    torture.rest(dice.expovariate(1 / 20.0))
    if not torture.goes_on:
        return
    with torture.action():
        if torture.second and dice.choice((True, False)):
            _kill_second(torture, torture.second)
        else:
            _stop_for_long(torture, dice)


def _kill_second(torture: Torture, second: SecondIssuer) -> None:
    assert second.process is not None
    second.process.kill()
    second.process.wait()
    second.start()
    wait_until(lambda: second.child() is not None, _STUCK_SECONDS, "the second issuer is running")
    torture.deaths.append(Death("second issuer", "second issuer", time.monotonic()))


def _stop_for_long(torture: Torture, dice: Random) -> None:
    pid = dice.choice((torture.world.pid_of(CHILD), torture.second.child() if torture.second else None))
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        torture.faults.append("an issuer's child is stopped for longer than its lease")
        torture.rest(_SLOWER_THAN_LEASE_SECONDS)
        os.kill(pid, signal.SIGCONT)


def _die_at(torture: Torture, point: str) -> float | None:
    """Have somebody die at a crash point and wait until it is back; return when it died, or None: nobody came by."""
    second = torture.second.child() if torture.second else None
    before = processes(torture.world) | ({second: SECOND_CHILD} if second else {})
    torture.world.arm(point)
    try:
        pid = wait_for_death(torture.world, point, _POINT_SECONDS)
    except AssertionError:
        if torture.world.disarm(point):
            return None
        pid = wait_for_death(torture.world, point, _POINT_SECONDS)
    died_at = time.monotonic()
    part = before.get(pid, CHILD)
    if torture.second and part == SECOND_CHILD:
        wait_until(partial(_is_another, torture.second, pid), _STUCK_SECONDS, f"{part} is back")
    else:
        wait_until_back(torture.world, part, pid, died_at)
    torture.deaths.append(Death(point, part, time.monotonic()))
    return died_at


def _is_another(second: SecondIssuer, pid: int) -> bool:
    return second.child() not in (None, pid)
