"""Our processes: each answers bells with the real task bodies, and may die or stop for a while at any step."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

import tasks.guarding
import tasks.issuing
import tasks.offering
import tasks.polling
import tasks.upkeep
from app.domain.errors import MeicError
from tests.simulation.bells import Bell
from tests.simulation.faults import Fault
from tests.simulation.invariants import NO_DEFECT, Violation
from tests.simulation.scheduler import SECOND, Killed, Process

if TYPE_CHECKING:
    from tests.simulation.parts import Parts
    from tests.simulation.world import World

POLLING, OFFERING, ISSUING, UPKEEP = "tasks.polling", "tasks.offering", "tasks.issuing", "tasks.upkeep"
GUARDING = "tasks.guarding"

BODIES: dict[str, Callable[..., Any]] = {
    "tasks.polling.poll_exchange": tasks.polling.poll_exchange.run,
    "tasks.issuing.issue_sales": tasks.issuing.issue_sales.run,
    "tasks.offering.publish_offers": tasks.offering.publish_offers.run,
    "tasks.offering.republish_lagging": tasks.offering.republish_lagging.run,
    "tasks.offering.push_offers": tasks.offering.push_offers.run,
    "tasks.upkeep.note_blocks": tasks.upkeep.note_blocks.run,
    "tasks.upkeep.reconcile": tasks.upkeep.reconcile.run,
    "tasks.guarding.check_clocks": tasks.guarding.check_clocks.run,
    "tasks.guarding.pull_offers": tasks.guarding.pull_offers.run,
}


@dataclass(slots=True)
class Worker:
    """One process, started again whenever it dies.

    Attributes:
        parts: what it has built and keeps between tasks; gone when it dies.
        held: leases that its dead predecessors never released.
        placing: the offer that it is about to place.
        era: of the ledger that it works with.
    """

    name: str
    queues: Sequence[str]
    world: "World"
    process: Process = field(init=False)
    parts: "Parts" = field(init=False)
    held: list[AbstractContextManager[Any]] = field(default_factory=list)
    placing: str = ""
    era: int = 0

    def start(self) -> None:
        """Start the process."""
        self.parts = self.world.new_parts(self)
        self.process = self.world.scheduler.spawn(self.name, self._live, self.world.scheduler.now_us)
        self.world.bells.listen(self)

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a bell."""
        return self.process.is_parked

    def wake(self) -> None:
        """Let it look for bells."""
        self.process.wake()

    def step(self, what: str, microseconds: int) -> Process:
        """Take a step that takes so long (0: as long as a call of the ledger), or die before it.

        Raises:
            Killed: it died.
        """
        process, dice = self.process, self.world.dice
        if process.is_dead:
            raise Killed
        self._die_if_stopped(process)
        microseconds = microseconds or dice.between(200, 4_000)
        if dice.strikes(Fault.PAUSE):
            microseconds += dice.between(5, 40) * SECOND
            self.world.quiet_from_us = max(self.world.quiet_from_us, self.world.scheduler.now_us + microseconds)
            self.world.scheduler.note(self.name, f"(stops for {microseconds / SECOND:.1f} s)")
        process.pause(microseconds)
        self._die_if_stopped(process)
        if dice.strikes(Fault.CRASH):
            process.is_dead = True
            self.world.scheduler.note(self.name, f"DIES before {what}")
            raise Killed
        if dice.strikes(Fault.INTERRUPT):
            self.world.scheduler.note(self.name, f"is interrupted before {what}")
            raise Killed
        self.world.scheduler.note(self.name, what)
        return process

    def _die_if_stopped(self, process: Process) -> None:
        if self.era != self.world.restoring.era:
            process.is_dead = True
            raise Killed

    def _live(self) -> None:
        while True:
            self._wait_while_stopped()
            bell = self.world.bells.take(self.queues)
            if bell is None:
                self.process.park()
                continue
            try:
                self._answer(bell)
            except Killed:
                self._start_again(bell)
            except Violation as violation:
                self.world.scheduler.fail(violation)
                raise

    def _answer(self, bell: Bell) -> None:
        self.world.scheduler.note(self.name, f"{bell.task}{bell.arguments}")
        try:
            result = BODIES[bell.task](*bell.arguments)
        except (MeicError, OperationalError) as error:
            self.world.scheduler.note(self.name, f"fails: {type(error).__name__}: {error}"[:300])
            return
        except Exception as error:  # noqa: BLE001  whatever it was, nothing of it may come of what can go wrong here
            self.world.require(False, NO_DEFECT, f"{bell.task}: {type(error).__name__}: {error}")
            return
        self.world.scheduler.note(self.name, f"-> {result}"[:300])
        self._check_result(result)

    def _check_result(self, result: object) -> None:
        # A push answers with what went wrong; that must be something that can go wrong.
        message = str(result.get("message", "")) if isinstance(result, dict) else ""
        kind = message.partition(":")[0]
        is_defect = kind.endswith("Error") and kind.isidentifier() and kind != "OperationalError"
        self.world.require(not is_defect, NO_DEFECT, message)

    def _start_again(self, bell: Bell) -> None:
        world = self.world
        if world.scheduler.is_unwinding:
            raise Killed
        self.process.is_dead = False
        self.placing = ""
        self.parts = world.new_parts(self)
        if world.dice.random.random() < 0.7:
            # Acknowledged late: the broker gives it to somebody else.
            world.bells.ring(bell.task, bell.arguments)
        self.process.pause(world.dice.between(100_000, 3 * SECOND))

    def _wait_while_stopped(self) -> None:
        while self.world.restoring.is_stopped:
            self.process.pause(SECOND)
        if self.era != self.world.restoring.era:
            self.era = self.world.restoring.era
            self.parts = self.world.new_parts(self)
