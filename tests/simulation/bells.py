"""The message broker as a bag of bells: lost, late, doubled and out of order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.simulation.faults import Dice, Fault
from tests.simulation.scheduler import SECOND, Scheduler


@dataclass(frozen=True, slots=True)
class Bell:
    """One message.

    Attributes:
        expires_us: true time after which it is worth nothing.
    """

    task: str
    arguments: tuple[object, ...]
    expires_us: int

    @property
    def queue(self) -> str:
        """Where it waits."""
        return self.task.rpartition(".")[0]


class Listener(Protocol):
    """A worker, as the broker sees it."""

    @property
    def queues(self) -> Sequence[str]:
        """What it serves."""
        ...

    def wake(self) -> None:
        """Tell it, when it waits, that there is something."""
        ...

    @property
    def is_waiting(self) -> bool:
        """Whether it waits."""
        ...


class Bells:
    """All that was rung and not answered yet."""

    def __init__(self, scheduler: Scheduler, dice: Dice) -> None:
        self._scheduler = scheduler
        self._dice = dice
        self._waiting: list[Bell] = []
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Add a worker."""
        self._listeners.append(listener)

    def ring(self, task: str, arguments: Sequence[object], *, lasts_us: int = 10**15) -> None:
        """Send a message, which may not arrive, or more than once, or late."""
        bell = Bell(task, tuple(arguments), self._scheduler.now_us + lasts_us)
        if self._dice.strikes(Fault.BELL_LOST):
            return
        for _ in range(2 if self._dice.strikes(Fault.BELL_DOUBLED) else 1):
            late_us = self._dice.between(0, 5 * SECOND) if self._dice.strikes(Fault.BELL_LATE) else 0
            self._scheduler.after(self._dice.between(500, 5_000) + late_us, lambda: self._arrive(bell))

    def take(self, queues: Sequence[str]) -> Bell | None:
        """Take any one that waits in these queues."""
        self._waiting = [bell for bell in self._waiting if bell.expires_us > self._scheduler.now_us]
        mine = [index for index, bell in enumerate(self._waiting) if bell.queue in queues]
        return self._waiting.pop(self._dice.random.choice(mine)) if mine else None

    def _arrive(self, bell: Bell) -> None:
        self._waiting.append(bell)
        free = [each for each in self._listeners if each.is_waiting and bell.queue in each.queues]
        if free:
            self._dice.random.choice(free).wake()
