"""Group commit: while one batch is being written, the next one gathers."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from venue.errors import Stopped


class Appendable(Protocol):
    """A journal, as group commit needs it."""

    def append(self, records: Sequence[bytes]) -> None:
        """Put records on the disk, all of them, before returning."""


@dataclass(slots=True)
class _Batch:
    done: asyncio.Future[None]
    records: list[bytes] = field(default_factory=list)


class GroupCommit:
    """Writes records to a journal in the order given, many per fsync.

    It belongs to one event loop. After a failed write it takes nothing more: `on_failure` is called once, and what was
    or is handed in fails with Stopped.
    """

    def __init__(self, journal: Appendable, on_failure: Callable[[OSError], None]) -> None:
        self._journal = journal
        self._on_failure = on_failure
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._gathering: _Batch | None = None
        self._writing: asyncio.Task[None] | None = None
        self._newest: asyncio.Future[None] | None = None
        self._is_stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether it takes no more records."""
        return self._is_stopped

    def append(self, record: bytes) -> None:
        """Hand in a record; await `committed` before telling anyone.

        Raises:
            Stopped: nothing can be written any more.
        """
        if self._is_stopped:
            raise Stopped("the venue is stopped")
        if self._gathering is None:
            self._newest = asyncio.get_running_loop().create_future()
            self._gathering = _Batch(self._newest)
        self._gathering.records.append(record)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def committed(self) -> None:
        """Return when everything handed in so far is on the disk.

        Raises:
            Stopped: it could not be written; whether it is on the disk is known after a restart.
        """
        if self._newest is not None:
            await asyncio.shield(self._newest)

    def when_committed(self, callback: Callable[[], None]) -> None:
        """Call back when everything handed in so far is on the disk, in the order asked; never, if it cannot be written."""
        if self._newest is None:
            asyncio.get_running_loop().call_soon(callback)
        else:
            self._newest.add_done_callback(lambda done: None if done.exception() else callback())

    async def close(self) -> None:
        """Write what was handed in and end the writing thread; the journal stays open."""
        self._is_stopped = True
        if self._writing is not None:
            await self._writing
        self._executor.shutdown()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while (batch := self._gathering) is not None:
            self._gathering = None
            try:
                await loop.run_in_executor(self._executor, self._journal.append, batch.records)
            except OSError as error:
                self._fail(batch, error)
                break
            batch.done.set_result(None)
        self._writing = None

    def _fail(self, batch: _Batch, error: OSError) -> None:
        self._is_stopped = True
        failure = Stopped(f"the venue is stopped: its journal could not be written: {error}")
        failure.__cause__ = error
        for unwritten in filter(None, (batch, self._gathering)):
            unwritten.done.set_exception(failure)
            # Retrieved here, because nobody may be waiting for it.
            unwritten.done.exception()
        self._gathering = None
        self._on_failure(error)
