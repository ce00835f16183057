"""Put a backup where the ledger is, as an old copy that has to learn what it forgot."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import InvalidInput, Unavailable
from app.ports.clock import Clock
from app.store import migrate, tables
from app.store.access_tables import operator_session
from app.store.backup import new_file
from app.store.backup_file import BackupContent, check_backup, open_backup
from app.store.columns import metadata
from app.store.copying import copy_rows
from app.store.database import Database
from app.store.events import append_event
from app.store.recovery import SqlRecovery
from app.store.set_aside import fold_log, put_in_place
from app.store.version import EXPECTED_VERSION, current_version, first_line

_EPOCHS_AHEAD = 1_000_000
"""More than a lease can change hands between a backup and its restore."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place.

    Attributes:
        recovery_since: from when on the ledger has to learn again, UTC.
        set_aside: the ledger of before, None when there was none.
    """

    content: BackupContent
    recovery_since: datetime
    set_aside: Path | None


def restore(database: Database, file: Path, clock: Clock, *, who: str, why: str) -> Restored:
    """Put a backup in the ledger's place; a ledger that is there already is set aside, never deleted.

    The new ledger is complete before it takes its place: upgraded, the restoring noted, a recovery begun. Interrupted
    at any moment, either the one or the other is there.

    Raises:
        InvalidInput: the backup cannot be used, or the ledger of before is in use; nothing was changed.
        Unavailable: the disk is full or the database failed; the ledger is as it was.
    """
    place = Path(str(database.engine.url.database)) if database.dialect == "sqlite" else None
    if place is None or place.exists():
        _check_idle(database, clock.now())
    database.close()
    with _prepared(file, place or file, clock, who=who, why=why) as (prepared, content, since):
        set_aside = None
        try:
            if place is None:
                _fill(database, prepared)
            else:
                set_aside = put_in_place(prepared, place, clock.now())
        except SQLAlchemyError as error:
            raise Unavailable(f"nothing was restored: {first_line(error)}") from error
        except OSError as error:
            raise Unavailable(f"nothing was restored: {place} cannot be replaced: {error.strerror}") from error
    return Restored(content, since, set_aside)


@contextmanager
def _prepared(
    file: Path, beside: Path, clock: Clock, *, who: str, why: str
) -> Iterator[tuple[Path, BackupContent, datetime]]:
    """Give a copy of a backup that is ready to be the ledger; the copy is removed at the end unless it has become it."""
    with new_file(beside) as copy:
        try:
            shutil.copyfile(file, copy)
        except OSError as error:
            raise InvalidInput(f"{file} cannot be copied to {copy.parent}: {error.strerror}") from error
        content = check_backup(copy, str(file))
        database = Database(f"sqlite:///{copy}")
        try:
            migrate.upgrade(database)
            since = _begin_recovery(database, content, clock, who=who, why=why)
        except SQLAlchemyError as error:
            raise Unavailable(f"nothing was restored: {first_line(error)}") from error
        finally:
            database.close()
        fold_log(copy)
        yield copy, content, since


def _begin_recovery(database: Database, content: BackupContent, clock: Clock, *, who: str, why: str) -> datetime:
    if content.last_at is None:
        raise InvalidInput("the backup holds nothing: it has no event; `meic db upgrade` makes a new ledger")
    now = clock.now()
    recovery, lease = tables.recovery, tables.lease
    with database.write("restored") as connection:
        # What a recovery under way had read again by then is old, too: it begins anew, from where it began.
        under_way = select(func.min(recovery.c.since)).where(recovery.c.finished_at.is_(None))
        since = min(content.last_at, connection.execute(under_way).scalar() or content.last_at)
        connection.execute(update(recovery).where(recovery.c.finished_at.is_(None)).values(finished_at=now))
        # A process that went on with the ledger of before must not find its epoch again.
        connection.execute(update(lease).values(epoch=lease.c.epoch + _EPOCHS_AHEAD, expires_at=now))
        # Who logged out, or was kept out, since the backup must not be in again.
        connection.execute(delete(operator_session))
        detail = {
            "who": who,
            "why": why,
            "backup_sha256": content.sha256,
            "backup_version": content.version,
            "backup_event": content.last_event,
            "backup_event_hash": content.last_hash,
        }
        append_event(connection, now, "Restored", "ledger", detail)
    SqlRecovery(database, clock).begin(since, f"restored by {who}: {why}")
    return since


def _check_idle(database: Database, now: datetime) -> None:
    """Refuse while somebody works with the ledger of before.

    A damaged one says nothing of that, and is what is to be replaced; that it is not open is seen later.
    """
    lease = tables.lease
    fresh = select(lease.c.name, lease.c.expires_at).where(lease.c.expires_at > now).order_by(lease.c.expires_at.desc())
    try:
        with database.read() as connection:
            held = connection.execute(fresh).first() if inspect(connection).has_table(lease.name) else None
    except SQLAlchemyError as error:
        if database.dialect == "sqlite":
            return
        raise InvalidInput(f"ledger.url: the database cannot be reached: {first_line(error)}") from error
    if held is not None:
        raise InvalidInput(
            f"the ledger is in use: {held.name} is held until {held.expires_at:%H:%M:%S} UTC; "
            "stop every worker, wait until then, and restore again"
        )


def _fill(database: Database, prepared: Path) -> None:
    """Copy everything into PostgreSQL in one transaction."""
    _check_empty(database)
    migrate.upgrade(database)
    file = open_backup(prepared)
    try:
        with file.connect() as source, database.write("restored") as target:
            # Whoever restores or upgrades at the same time waits.
            target.exec_driver_sql("SELECT pg_advisory_xact_lock(63017421)")
            _check_holds_nothing(target)
            copy_rows(source, target)
    finally:
        file.dispose()


def _check_empty(database: Database) -> None:
    version = current_version(database)
    if version is None:
        return
    if version != EXPECTED_VERSION:
        raise _holds_a_ledger()
    with database.read() as connection:
        _check_holds_nothing(connection)


def _check_holds_nothing(connection: Connection) -> None:
    """Let a ledger pass that `meic db upgrade` has just made."""
    head = tables.event_head
    others = [table for table in metadata.sorted_tables if table is not head]
    has_events = connection.execute(select(head.c.number).where(head.c.number > 0)).first()
    if has_events or any(connection.execute(select(table).limit(1)).first() for table in others):
        raise _holds_a_ledger()


def _holds_a_ledger() -> InvalidInput:
    return InvalidInput(
        "ledger.url: the database holds a ledger already, and nothing was changed; set it aside with psql: "
        "ALTER SCHEMA public RENAME TO before_restore; CREATE SCHEMA public; then restore again"
    )
