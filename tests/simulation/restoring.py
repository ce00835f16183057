"""The operator puts an old copy of the ledger in place, with the real commands' own code."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.errors import InvalidInput
from app.store.backup import back_up
from app.store.restore import restore
from tests.simulation.faults import Fault
from tests.simulation.scheduler import SECOND

if TYPE_CHECKING:
    from tests.simulation.world import World

_LEASES_END_US = 20 * SECOND
"""Every process is stopped; whoever held a lease did so for less than this."""


class Restoring:
    """A backup at some moment, and at a later one the restoring of it.

    Attributes:
        is_stopped: every process is stopped.
        era: how often a ledger was put in place; a process of an earlier era is dead.
    """

    def __init__(self, world: "World") -> None:
        self.is_stopped = False
        self.era = 0
        self._world = world
        self._backup = world.file.path.with_name("backup.sqlite3")

    def begin(self) -> None:
        """Plan a restoring, perhaps."""
        if self._world.dice.strikes(Fault.OLD_LEDGER):
            self._world.scheduler.after(self._world.dice.between(1, 12) * SECOND, self._back_up)

    def _back_up(self) -> None:
        if not self._is_worth_a_copy():
            self._world.scheduler.after(SECOND, self._back_up)
            return
        self._backup.unlink(missing_ok=True)
        back_up(self._world.file.database, self._backup)
        self._world.scheduler.note("operator", "backs the ledger up")
        self._world.scheduler.after(self._world.dice.between(1, 15) * SECOND, self._stop)

    def _is_worth_a_copy(self) -> bool:
        # Not mended yet: a copy from before the first decision has no generation that a forgotten order could be of.
        return self._world.ledger.offers.generation() is not None

    def _stop(self) -> None:
        self.is_stopped = True
        self.era += 1
        self._world.scheduler.note("operator", "stops every process")
        self._world.scheduler.after(_LEASES_END_US, self._restore)
        self._world.quiet_from_us = max(self._world.quiet_from_us, self._world.scheduler.now_us + _LEASES_END_US)

    def _restore(self) -> None:
        world = self._world
        try:
            with world.file.let_go():
                restored = restore(world.file.database, self._backup, world.clock, who="operator", why="simulated")
        except InvalidInput:
            # The clock went back, so a lease seems to be held still.
            world.scheduler.after(SECOND, self._restore)
            return
        _remove([self._backup, *([restored.set_aside] if restored.set_aside else [])])
        world.invariants.follow_old_ledger()
        self.is_stopped = False
        world.scheduler.note("operator", f"has put the backup in place: event {restored.content.last_event}")


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        for each in file.parent.glob(f"{file.name}*"):
            each.unlink()
