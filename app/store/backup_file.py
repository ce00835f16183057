"""A backup: one SQLite file with the ledger's tables, whichever database the ledger is in."""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, func, select
from sqlalchemy.exc import DatabaseError

from app.domain.errors import InvalidInput
from app.domain.fills import FillKind
from app.store import tables
from app.store.event_chain import verify_events
from app.store.version import EXPECTED_VERSION, first_line

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupContent:
    """What a backup holds, after it was checked.

    Attributes:
        version: of the ledger's tables.
        last_event: number of the last event of the audit trail, 0 for none.
        last_hash: that event's hash, which seals all before it.
        last_at: when that event happened, UTC; None when there is none.
        sha256: the file's digest, hexadecimal.
    """

    version: str
    last_event: int
    last_hash: str
    last_at: datetime | None
    fills: int
    sales: int
    issuances: int
    size_bytes: int
    sha256: str


def check_backup(path: Path, name: str | None = None) -> BackupContent:
    """Read a whole backup, without changing anything, and return what it holds.

    Args:
        path: the file.
        name: what to call it in an error, by default the path.

    Raises:
        InvalidInput: it cannot be read, is no backup, is damaged or altered, or is of a newer release.
    """
    name = name or str(path)
    _check_complete(path, name)
    engine = open_backup(path)
    try:
        with engine.connect() as connection:
            return _content(connection, path)
    except DatabaseError as error:
        raise InvalidInput(f"{name} is no backup of a ledger, or is damaged: {first_line(error)}") from error
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error}") from error
    finally:
        engine.dispose()


def open_backup(path: Path) -> Engine:
    """Return connections that only read, and leave neither locks nor files beside the backup."""
    uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool)


def _check_complete(path: Path, name: str) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(16)
        log = path.with_name(f"{path.name}-wal")
        has_log = log.exists() and log.stat().st_size > 0
    except OSError as error:
        raise InvalidInput(f"{name} cannot be read: {error.strerror}") from error
    if start != b"SQLite format 3\0":
        raise InvalidInput(f"{name} is no backup of a ledger; expected a file that `meic backup` made")
    if has_log:
        raise InvalidInput(
            f"{name} is a ledger in use or a raw copy of one: part of it is in {log.name}; "
            "expected a file that `meic backup` made"
        )


def _content(connection: Connection, path: Path) -> BackupContent:
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if version is None or version > EXPECTED_VERSION:
        raise InvalidInput(
            f"its ledger is at version {version or 'none'}, newer than this release's {EXPECTED_VERSION}: "
            "use the release that made it"
        )
    _check_sound(connection)
    end = verify_events(connection)
    fill, issuance = tables.fill, tables.issuance
    return BackupContent(
        version=version,
        last_event=end.number,
        last_hash=end.hash,
        last_at=end.at,
        fills=connection.execute(select(func.count()).select_from(fill)).scalar_one(),
        sales=connection.execute(
            select(func.count()).select_from(fill).where(fill.c.kind == FillKind.SALE)
        ).scalar_one(),
        issuances=connection.execute(select(func.count()).select_from(issuance)).scalar_one(),
        size_bytes=path.stat().st_size,
        sha256=_sha256(path),
    )


def _check_sound(connection: Connection) -> None:
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    if found != "ok":
        raise InvalidInput(f"it is damaged: {found}")
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        raise InvalidInput(f"a row of its table {orphan[0]} refers to a row of {orphan[2]} that is missing")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
