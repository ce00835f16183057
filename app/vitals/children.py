"""The heartbeat of a worker's forked children, which do the work while their parent only hands it out.

It is written into memory that parent and children share, so that no full disk stops it and no file outlives it. Where
the child is suspended or hangs, nothing is written: the parent sees the age of the last beat.
"""

import mmap
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from app.domain.errors import Unavailable
from app.vitals import worker

SILENT_SECONDS = 15.0
"""A child beats every second. One that died is replaced within a second or two."""

_BEAT_SECONDS = 1.0
_SLOT = struct.Struct("d")


class ChildrenPulses:
    """A slot of shared memory for each child of a pool. Make it before the pool forks."""

    def __init__(self, count: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._monotonic = monotonic
        self._memory = mmap.mmap(-1, count * _SLOT.size)
        for number in range(count):
            self._beat(number)

    def begin(self, number: int, busy: "Busy") -> None:
        """In a child: beat from now on, for as long as its main thread is idle or no task of it takes too long."""
        if number >= self._count:
            return  # the pool was made larger since; the others tell enough
        threading.Thread(target=self._keep_beating, args=(number, busy), name="heartbeat", daemon=True).start()

    def check(self) -> str:
        """Check that every child beats.

        Raises:
            Unavailable: one has not for too long: it is suspended, hangs, or is gone and has no successor.
        """
        ages = [self._monotonic() - _SLOT.unpack_from(self._memory, n * _SLOT.size)[0] for n in range(self._count)]
        if max(ages) > SILENT_SECONDS:
            raise Unavailable(
                f"the child that does the work has not beaten for {max(ages):.0f} s; "
                f"expected every second: it is suspended, or hangs in a task"
            )
        return f"beat {max(ages):.1f} s ago"

    def _keep_beating(self, number: int, busy: "Busy") -> None:
        waiting = threading.Event()
        while not waiting.wait(_BEAT_SECONDS):
            if not busy.is_stuck():
                with suppress(ValueError):  # the interpreter ends and has let go of the memory
                    self._beat(number)

    def _beat(self, number: int) -> None:
        _SLOT.pack_into(self._memory, number * _SLOT.size, self._monotonic())


class Busy:
    """Since when the main thread of a child works on its task."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since: float | None = None

    def begin(self, **_: object) -> None:
        """Note that a task begins."""
        self._since = self._monotonic()

    def end(self, **_: object) -> None:
        """Note that it has ended."""
        self._since = None

    def is_stuck(self) -> bool:
        """Tell whether the task takes longer than any may."""
        since = self._since
        return since is not None and self._monotonic() - since > worker.STUCK_SECONDS
