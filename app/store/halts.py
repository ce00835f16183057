"""Halts in the database."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.engine import RowMapping

from app.domain.halts import Halt, PastHalt, Scope
from app.ports.clock import Clock
from app.store import tables
from app.store.database import Database
from app.store.events import append_event

_halt = tables.halt


_ACTIVE = select(_halt).where(_halt.c.lifted_at.is_(None)).order_by(_halt.c.id)


class SqlHalts:
    """What is stopped, by whom and why."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def halt(self, scope: Scope, exchange: str | None, *, who: str, why: str) -> Halt:
        """Stop something, at once; when the same halt is in force already, return that one."""
        now = self._clock.now()
        with self._database.write("halted") as connection:
            existing = connection.execute(select(_halt).where(*_same(scope, exchange))).mappings().first()
            if existing is not None:
                return read_halt(existing)
            values = {"scope": scope, "exchange": exchange, "who": who, "why": why, "since": now}
            row = connection.execute(insert(_halt).values(values).returning(_halt)).mappings().one()
            append_event(connection, now, "Halted", exchange or "all", {"scope": scope, "who": who, "why": why})
            return read_halt(row)

    def lift(self, scope: Scope, exchange: str | None, *, who: str, why: str) -> int:
        """Lift the matching halt; return how many there were, 0 or 1."""
        now = self._clock.now()
        with self._database.write("resumed") as connection:
            lifted = update(_halt).where(*_same(scope, exchange)).values(lifted_at=now, lifted_by=who, lifted_why=why)
            count = connection.execute(lifted).rowcount
            if count:
                append_event(connection, now, "Resumed", exchange or "all", {"scope": scope, "who": who, "why": why})
            return count

    def active(self) -> Sequence[Halt]:
        """Return the halts in force, oldest first."""
        with self._database.read() as connection:
            return [read_halt(row) for row in connection.execute(_ACTIVE).mappings()]

    def history(self, limit: int) -> Sequence[PastHalt]:
        """Return the newest halts, in force or lifted, newest first."""
        newest = select(_halt).order_by(_halt.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(newest).mappings()
            return [PastHalt(read_halt(row), row["lifted_at"], row["lifted_by"], row["lifted_why"]) for row in rows]


def _same(scope: Scope, exchange: str | None) -> tuple[ColumnElement[bool], ...]:
    return _halt.c.scope == scope, _halt.c.exchange.is_not_distinct_from(exchange), _halt.c.lifted_at.is_(None)


def read_halt(row: RowMapping) -> Halt:
    """Return a row of the table as the record it is."""
    return Halt(row["id"], Scope(row["scope"]), row["exchange"], row["who"], row["why"], row["since"])
