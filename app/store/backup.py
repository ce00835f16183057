"""Take a backup of the ledger while everything runs."""

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import InvalidInput, Unavailable
from app.store.backup_file import BackupContent, check_backup
from app.store.copying import copy_rows
from app.store.database import Database
from app.store.migrate import configuration
from app.store.version import EXPECTED_VERSION, current_version, first_line

_NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


def back_up(database: Database, path: Path) -> BackupContent:
    """Write the ledger as it stands at one moment to a new file, mode 0600, and return what the file holds.

    Writers go on meanwhile. The file gets its name when it is complete, on disk and checked; otherwise there is none.

    Raises:
        InvalidInput: there is no ledger, the file exists, or no file can be made there.
        Unavailable: the disk is full or the database failed; nothing was left behind.
    """
    version = _version(database)
    if path.exists():
        raise InvalidInput(f"{path} exists already and is not overwritten; expected the name of a new file")
    with new_file(path) as partial:
        try:
            if database.dialect == "sqlite":
                _copy_file(database, partial)
            else:
                _copy_tables(database, partial, version)
            flush(partial)
            content = check_backup(partial, "the copy of the ledger")
            _give_name(partial, path)
        except SQLAlchemyError as error:
            raise Unavailable(f"no backup was made: {first_line(error)}") from error
        except OSError as error:
            raise Unavailable(f"no backup was made: {path} cannot be written: {error.strerror}") from error
    return content


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give an empty file, mode 0600, beside a path and under another name; what still has that name at the end is removed.

    Raises:
        InvalidInput: no file can be made there.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise InvalidInput(f"{path} cannot be made: {error.strerror}; expected a file in a folder of yours") from error
    try:
        yield partial
    finally:
        for leftover in (partial, *(partial.with_name(partial.name + end) for end in ("-journal", "-wal", "-shm"))):
            leftover.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Return when a file, or a folder's list of files, is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _version(database: Database) -> str:
    file = database.engine.url.database
    if database.dialect == "sqlite" and not Path(str(file)).exists():
        raise InvalidInput(f"there is no ledger at {file}; expected ledger.url of the one to be backed up")
    version = current_version(database)
    if version is None:
        raise InvalidInput("ledger.url: there is no ledger to be backed up; the database has none of its tables")
    if version > EXPECTED_VERSION:
        raise InvalidInput(
            f"the ledger is at version {version}, newer than this release's {EXPECTED_VERSION}: install the newer release"
        )
    return version


def _copy_file(database: Database, partial: Path) -> None:
    # VACUUM INTO reads in one transaction, which in WAL mode keeps no writer waiting, and leaves out what was deleted.
    with database.read() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(partial),))


def _copy_tables(database: Database, partial: Path, version: str) -> None:
    file = _quick_file(partial)
    try:
        with database.snapshot() as source, file.begin() as target:
            command.upgrade(configuration(target), version)
            with _indexes_made_last(target):
                copy_rows(source, target)
    finally:
        file.dispose()


@contextmanager
def _indexes_made_last(target: Connection) -> Iterator[None]:
    """Sorting each index once takes seconds where keeping it in order row by row takes minutes (a million fills)."""
    made_by_hand = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = target.exec_driver_sql(made_by_hand).all()
    for index in indexes:
        target.exec_driver_sql(f'DROP INDEX "{index.name}"')
    yield
    for index in indexes:
        target.exec_driver_sql(index.sql)


def _quick_file(path: Path) -> Engine:
    """Return connections to a file that nobody needs before it is complete: no log, and nothing flushed on the way."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _prepare(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        dbapi_connection.isolation_level = None
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536"):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    return engine


def _give_name(partial: Path, path: Path) -> None:
    try:
        os.link(partial, path)  # unlike a renaming it fails when the name was taken in the meantime
    except FileExistsError as error:
        raise InvalidInput(f"{path} was made by somebody else meanwhile and is not overwritten") from error
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        partial.rename(path)
    flush(path.parent)
