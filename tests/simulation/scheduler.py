"""One process at a time: who runs next, and when, is decided here, by simulated time alone.

Every simulated process is a thread, but the threads hand one baton around, so that exactly one of them ever runs and
nothing depends on the machine. What happens in the world (a buyer, a block, a cancel that becomes final) is a function
that is called when its time has come.
"""

import hashlib
import threading
from collections.abc import Callable
from heapq import heappop, heappush

SECOND = 1_000_000
"""Simulated time is counted in microseconds, so that no rounding hides in it."""

Event = Callable[[], object]


class Killed(SystemExit):
    """The process ends here."""


class Process:
    """A simulated process: runs until it pauses, parks or ends.

    Attributes:
        is_dead: it was killed: whatever its `finally` blocks still want to do has no effect.
    """

    def __init__(self, scheduler: "Scheduler", name: str, body: Callable[[], object]) -> None:
        self.name = name
        self.is_dead = False
        self.is_finished = False
        self.is_parked = False
        self._scheduler = scheduler
        self._body = body
        self._turn = threading.Lock()
        self._turn.acquire()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def pause(self, microseconds: int) -> None:
        """Let others run for so long.

        Raises:
            Killed: the process is dead, or everything ends.
        """
        if self.is_dead:
            raise Killed
        self._scheduler.at(self._scheduler.now_us + microseconds, self)
        self._give_way()

    def park(self) -> None:
        """Let others run until somebody calls `wake`."""
        self.is_parked = True
        self._give_way()

    def wake(self) -> None:
        """Let a parked process go on."""
        self.is_parked = False
        self._scheduler.at(self._scheduler.now_us, self)

    def hand_over(self) -> None:
        """Give the baton to this process (for the scheduler)."""
        self._turn.release()

    def wait_for_turn(self) -> None:
        """Wait for the baton (for the scheduler)."""
        self._turn.acquire()

    def _give_way(self) -> None:
        self._scheduler.next(self)
        if self._scheduler.is_unwinding:
            self.is_dead = True
            raise Killed

    def _run(self) -> None:
        self.wait_for_turn()
        try:
            if not self._scheduler.is_unwinding:
                self._body()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001  whatever it was, the one who waits for the end must hear of it
            self._scheduler.fail(error)
        self.is_finished = True
        self._scheduler.next(self)


class _Main(Process):
    """Whoever runs the simulation; waits in `Scheduler.run_until`."""

    def __init__(self) -> None:
        self.name = "main"
        self.is_finished = False
        self._turn = threading.Lock()
        self._turn.acquire()


class Scheduler:
    """Simulated time, what is to happen when, and the trace of what has happened.

    Attributes:
        now_us: true time since the beginning.
        after_step: called after everything that happens; what it raises ends the run.
        show: called with each line of the trace.
    """

    def __init__(self) -> None:
        self.now_us = 0
        self.steps = 0
        self.failure: BaseException | None = None
        self.is_unwinding = False
        self.after_step: Event = lambda: None
        self.show: Callable[[str], object] | None = None
        self.current: Process | None = None
        self._main = _Main()
        self._processes: list[Process] = []
        self._events: list[tuple[int, int, Process | Event]] = []
        self._number = 0
        self._end_us = 0
        self._hash = hashlib.blake2b(digest_size=16)

    @property
    def trace_hash(self) -> str:
        """The hash of all lines of the trace so far."""
        return self._hash.hexdigest()

    def spawn(self, name: str, body: Callable[[], object], at_us: int) -> Process:
        """Start a process."""
        process = Process(self, name, body)
        self._processes.append(process)
        self.at(at_us, process)
        return process

    def at(self, time_us: int, event: Process | Event) -> None:
        """Let something happen at a time; what has the same time happens in the order of these calls."""
        self._number += 1
        heappush(self._events, (max(time_us, self.now_us), self._number, event))

    def after(self, microseconds: int, event: Event) -> None:
        """Let something happen after a time."""
        self.at(self.now_us + microseconds, event)

    def note(self, who: str, what: str) -> None:
        """Add a line to the trace."""
        line = f"{self.now_us / SECOND:12.6f} {who:<9} {what}"
        self._hash.update(line.encode())
        if self.show is not None:
            self.show(line)

    def fail(self, error: BaseException) -> None:
        """End the run with an error; the first one counts."""
        self.failure = self.failure or error

    def run_until(self, end_us: int) -> None:
        """Let everything happen up to a time.

        Raises:
            BaseException: what a process or `after_step` raised.
        """
        self._end_us = end_us
        self.next(self._main)
        if self.failure is not None:
            raise self.failure
        self.now_us = end_us

    def unwind(self) -> None:
        """End all processes; none of them has any further effect."""
        self.is_unwinding = True
        for process in self._processes:
            if not process.is_finished:
                process.hand_over()
                self._main.wait_for_turn()

    def next(self, me: Process) -> None:
        """Hand the baton to whoever is next, and return when it comes back (at once when `me` has finished)."""
        if me is not self._main and not self.is_unwinding:
            self._check()
        chosen = self._main if self.is_unwinding else self._choose()
        self.current = chosen
        if chosen is me:
            return
        chosen.hand_over()
        if not me.is_finished:
            me.wait_for_turn()

    def _choose(self) -> Process:
        while self.failure is None and self._events and self._events[0][0] <= self._end_us:
            self.now_us, _, event = heappop(self._events)
            if isinstance(event, Process):
                if not event.is_finished:
                    return event
                continue
            self.current = None
            try:
                event()
            except BaseException as error:  # noqa: BLE001  it happens in whichever thread holds the baton
                self.fail(error)
            self._check()
        return self._main

    def _check(self) -> None:
        self.steps += 1
        if self.failure is not None:
            return
        try:
            self.after_step()
        except BaseException as error:  # noqa: BLE001  it happens in whichever thread holds the baton
            self.fail(error)
