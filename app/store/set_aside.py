"""Put a new ledger file in the place of one that is kept under another name."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from app.domain.errors import InvalidInput
from app.store.backup import flush

_BUSY_SECONDS = 5.0


def fold_log(path: Path) -> None:
    """Fold a ledger file's log into it; afterwards the file alone is the ledger.

    Raises:
        InvalidInput: another process has it open.
        sqlite3.DatabaseError: it is damaged.
    """
    with closing(_alone(path)):
        flush(path)


def put_in_place(new: Path, place: Path, now: datetime) -> Path | None:
    """Give a ledger file its place; return where the one that was there is now, None when there was none.

    At every moment one of the two is there, whole.

    Raises:
        InvalidInput: another process has the old one open; nothing was changed.
        OSError: the folder does not allow it; nothing was changed.
    """
    aside = place.with_name(f"{place.name}.before-{now:%Y%m%dT%H%M%SZ}")
    if aside.exists():
        raise InvalidInput(f"{aside} exists already; wait a second and restore again")
    if not place.exists():
        _move_log(place, aside)
        os.link(new, place)  # not over one that appears meanwhile
        flush(place.parent)
        return None
    try:
        old = _alone(place)
    except sqlite3.DatabaseError:
        # SQLite cannot read it: it is kept as it is, its log under the name that belongs to it.
        os.link(place, aside)
        _move_log(place, aside)
        _replace(new, place)
        return aside
    with closing(old):  # whoever opens it now waits for this, and does not leave a log beside the new one
        os.link(place, aside)
        _replace(new, place)
    return aside


def _alone(path: Path) -> sqlite3.Connection:
    """Open, and lock, a ledger file that no other process has open: only then SQLite lets its log be folded in."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise _in_use(path) from error
        raise
    except sqlite3.DatabaseError:
        connection.close()
        raise
    if mode != "delete":
        connection.close()
        raise _in_use(path)
    return connection


def _in_use(path: Path) -> InvalidInput:
    return InvalidInput(f"another process has {path} open; stop every process of the coordinator, and restore again")


def _move_log(place: Path, aside: Path) -> None:
    # Left behind, it would be read into the new ledger.
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            place.with_name(place.name + end).rename(aside.with_name(aside.name + end))


def _replace(new: Path, place: Path) -> None:
    new.replace(place)
    flush(place.parent)
