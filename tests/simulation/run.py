"""Run one seed from beginning to end."""

import logging
import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from unittest import mock

import app.ndau.client
import app.services.side_by_side
import exchanges.http
import exchanges.wire
import tasks.guarding
import tasks.issuing
import tasks.offering
import tasks.polling
import tasks.upkeep
from tests.simulation.faults import Fault
from tests.simulation.invariants import Violation
from tests.simulation.ledger import LedgerFile
from tests.simulation.rest import check_rest
from tests.simulation.scheduler import SECOND
from tests.simulation.world import World

_LONGEST_CALM_US = 400 * SECOND
_LOOK_EVERY_US = 10 * SECOND


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a seed ended.

    Attributes:
        violation: None when all was well.
        happened: how often each fault truly happened.
        trace_hash: of every line of the trace.
    """

    seed: int
    steps: int
    happened: Counter[str]
    trace_hash: str
    violation: Violation | None


@contextmanager
def ledger_file() -> Iterator[LedgerFile]:
    """Give a ledger in a temporary folder, in memory where there is such a folder."""
    fast = Path("/dev/shm")  # noqa: S108  the folder in it has a name that nobody can guess
    with tempfile.TemporaryDirectory(prefix="meic-simulation-", dir=fast if fast.is_dir() else None) as folder:
        file = LedgerFile(Path(folder))
        yield file
        file.close()


def run_seed(
    seed: int,
    file: LedgerFile,
    show: Callable[[str], object] | None = None,
    *,
    only: str | None = None,
    often: Collection[Fault] = (),
) -> Outcome:
    """Run one seed.

    Args:
        seed: everything follows from it.
        file: the ledger to use; what was in it is gone.
        show: called with each line of the trace.
        only: the one invariant to judge by, None for all.
        often: faults to have as often as any seed has them.

    Raises:
        Exception: the simulation itself is broken, or the code under test in a way that no process survives.
    """
    world = World(seed, file, only=only, often=often)
    world.scheduler.show = show
    violation = None
    with _in_place_of_the_world(world, seed), _logged(world, show is not None):
        try:
            _run(world)
        except Violation as found:
            violation = found
        finally:
            world.close()
    return Outcome(seed, world.scheduler.steps, world.dice.happened, world.scheduler.trace_hash, violation)


def _run(world: World) -> None:
    # Mostly everything works at first, so that there is something to go wrong.
    world.dice.is_calm = world.dice.random.random() < 0.8
    world.start()
    world.scheduler.run_until(world.dice.between(1, 4) * SECOND)
    world.dice.is_calm = False
    world.restoring.begin()
    world.scheduler.run_until(world.dice.between(15, 40) * SECOND)
    world.dice.is_calm = True
    world.scheduler.note("world", "is calm from now on")
    world.people.go()
    end_us = max(world.scheduler.now_us, world.quiet_from_us) + _LONGEST_CALM_US
    world.scheduler.run_until(max(world.scheduler.now_us, world.quiet_from_us) + 30 * SECOND)
    while True:
        try:
            check_rest(world)
        except Violation:
            if world.scheduler.now_us > end_us:
                raise
        else:
            return
        world.scheduler.run_until(world.scheduler.now_us + _LOOK_EVERY_US)


@contextmanager
def _in_place_of_the_world(world: World, seed: int) -> Iterator[None]:
    ids = random.Random(f"ids of {seed}")  # noqa: S311  a seed must repeat

    modules = (tasks.polling, tasks.issuing, tasks.offering, tasks.upkeep, tasks.guarding)
    replaced: list[Any] = [mock.patch.object(module, "coordinator", world.current_parts) for module in modules]
    replaced += [
        mock.patch.object(module, "ring", lambda task, *arguments: world.bells.ring(task, arguments))
        for module in modules
        if hasattr(module, "ring")
    ]
    replaced += [
        mock.patch.object(tasks.offering, "group", list),
        mock.patch.object(tasks.offering, "chord", lambda header, _body: _FanOut(world, header)),
        mock.patch.object(os, "urandom", ids.randbytes),  # where ids come from
        mock.patch.object(app.services.side_by_side, "ThreadPoolExecutor", _OneAfterTheOther),
        mock.patch.object(exchanges.http, "monotonic", world.time.monotonic),
        mock.patch.object(exchanges.wire, "monotonic", world.time.monotonic),
        mock.patch.object(app.ndau.client, "time", SimpleNamespace(monotonic=world.time.monotonic)),
    ]
    for each in replaced:
        each.start()
    try:
        yield
    finally:
        for each in reversed(replaced):
            each.stop()


class _OneAfterTheOther:
    """A pool without threads."""

    def __init__(self, size: int) -> None:
        """Nothing to start."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    map = staticmethod(map)


class _FanOut:
    """A chord as far as it matters here: its header's tasks."""

    def __init__(self, world: World, header: list[Any]) -> None:
        self._world = world
        self._header = header

    def apply_async(self) -> None:
        """Ring them."""
        for each in self._header:
            self._world.bells.ring(each.task, each.args)


class _IntoTrace(logging.Handler):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        """Show what is logged among the steps; it is no part of the trace itself."""
        show = self._world.scheduler.show
        if show is not None:
            show(f"{'':12} {record.levelname.lower():<9} {record.getMessage()}")


@contextmanager
def _logged(world: World, is_shown: bool) -> Iterator[None]:
    root, handler = logging.getLogger(), _IntoTrace(world)
    if is_shown:
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    else:
        logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        root.removeHandler(handler)
        logging.disable(logging.NOTSET)
