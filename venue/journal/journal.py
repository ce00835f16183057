"""The journal file: what was accepted, in order, surviving SIGKILL and power loss."""

import fcntl
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from venue.errors import InvalidSetting, JournalDamaged
from venue.journal.frames import MAGIC, framed, frames


class Journal:
    """An append-only file of records that one process at a time may have open.

    Use `open_journal`; its lock ends with the process, however it ends.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def append(self, records: Sequence[bytes]) -> None:
        """Write records as one frame; they are on the disk when this returns.

        Raises:
            OSError: they may be on the disk or not. Nothing may be appended after that: a failed fsync loses what the
                system no longer remembers.
        """
        view = memoryview(framed(records))
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Close the file and let another process have it."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_journal(path: Path, replay: Callable[[bytes], None]) -> Journal:
    """Open a journal, creating it if it is not there, and hand every record in it to `replay`, oldest first.

    A last frame whose write was cut short is removed.

    Raises:
        InvalidSetting: another process has it open.
        JournalDamaged: it is damaged before its last frame, or `replay` does not take a record; nothing was changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        _lock(path, descriptor)
        if os.fstat(descriptor).st_size <= len(MAGIC):
            _begin(path, descriptor)
        else:
            _cut(descriptor, _replay(path, descriptor, replay))
    except BaseException:
        os.close(descriptor)
        raise
    return Journal(path, descriptor)


def _lock(path: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InvalidSetting(f"{path}: another venue process uses this state directory") from error


def _begin(path: Path, descriptor: int) -> None:
    if os.pread(descriptor, len(MAGIC), 0) not in {MAGIC[:length] for length in range(len(MAGIC) + 1)}:
        raise JournalDamaged(f"{path}, byte 0: this is not a venue's journal of version 1")
    os.ftruncate(descriptor, 0)
    os.write(descriptor, MAGIC)
    os.fsync(descriptor)
    # The file's name must be on the disk as well, or a power loss takes the whole journal.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _replay(path: Path, descriptor: int, replay: Callable[[bytes], None]) -> int:
    end = len(MAGIC)
    with os.fdopen(descriptor, "rb", buffering=1 << 20, closefd=False) as file:
        try:
            for frame in frames(file):
                for record in frame.records:
                    _replay_record(end, record, replay)
                end = frame.end
        except JournalDamaged as error:
            raise JournalDamaged(f"{path}, {error}; restore the file from a copy") from error
    return end


def _replay_record(offset: int, record: bytes, replay: Callable[[bytes], None]) -> None:
    try:
        replay(record)
    except Exception as error:
        raise JournalDamaged(f"byte {offset}: a record of this frame cannot be replayed: {error}") from error


def _cut(descriptor: int, end: int) -> None:
    if os.fstat(descriptor).st_size > end:
        os.ftruncate(descriptor, end)
        os.fsync(descriptor)
