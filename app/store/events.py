"""The audit trail: append-only rows, each sealed with the hash of the row before it."""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from app.domain.ledger import AuditEvent
from app.ports.clock import Clock
from app.store import tables
from app.store.database import Database

FIRST_HASH = "0" * 64

_head = tables.event_head
# Built once, as in all of this package: SQLAlchemy spends as long on building a statement as on executing it.
_HEAD = select(_head.c.number, _head.c.hash).with_for_update()
_APPEND = insert(tables.event)
_MOVE_HEAD = update(_head).values(number=bindparam("new_number"), hash=bindparam("new_hash"))


def event_hash(previous_hash: str, number: int, at: datetime, *, kind: str, subject: str, detail: str) -> str:
    """Return the seal of one event: SHA-256 over the previous seal and every field, as a JSON array."""
    sealed = json.dumps([previous_hash, number, at.isoformat(), kind, subject, detail], ensure_ascii=False)
    return hashlib.sha256(sealed.encode()).hexdigest()


def append_event(connection: Connection, at: datetime, kind: str, subject: str, detail: dict[str, Any]) -> int:
    """Add an event in the caller's transaction and return its number; do it last, since it puts writers in line."""
    row = connection.execute(_HEAD).one()
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
    number = int(row.number) + 1
    seal = event_hash(row.hash, number, at, kind=kind, subject=subject, detail=text)
    values = {"number": number, "at": at, "kind": kind, "subject": subject, "detail": text}
    connection.execute(_APPEND, values | {"previous_hash": row.hash, "hash": seal})
    connection.execute(_MOVE_HEAD, {"new_number": number, "new_hash": seal})
    return number


def lock_events(connection: Connection) -> None:
    """Get in line with the writers of events at once, for a decision that must not be overtaken before it is stored."""
    connection.execute(select(tables.event_head.c.number).with_for_update())


class SqlEvents:
    """The audit trail in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, kind: str, subject: str, detail: dict[str, Any]) -> int:
        """Add one event in a transaction of its own; return its number."""
        with self._database.write("event appended") as connection:
            return append_event(connection, self._clock.now(), kind, subject, detail)

    def find(self, number: int) -> AuditEvent | None:
        """Return an event by its number, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(tables.event).where(tables.event.c.number == number)).mappings().first()
        return None if row is None else AuditEvent(**row)

    def recent(self, limit: int) -> Sequence[AuditEvent]:
        """Return the newest events, newest first."""
        table = tables.event
        with self._database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.number.desc()).limit(limit))
            return [AuditEvent(**row) for row in rows.mappings()]

    def of_kinds(self, kinds: Collection[str], since: datetime) -> Sequence[AuditEvent]:
        """Return the events of some kinds from a time on, oldest first."""
        table = tables.event
        # Times have no index; walking back from the newest event looks only at what is to be read anyway.
        before = select(table.c.number).where(table.c.at < since).order_by(table.c.number.desc()).limit(1)
        newer = table.c.number > func.coalesce(before.scalar_subquery(), 0)
        with self._database.read() as connection:
            rows = connection.execute(select(table).where(newer, table.c.kind.in_(kinds)).order_by(table.c.number))
            return [AuditEvent(**row) for row in rows.mappings()]
