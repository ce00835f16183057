"""The list of events."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, bindparam, case, literal, select

from app.domain.ledger import AuditEvent
from app.store import tables
from app.store.reading.branches import FLOOR, distinct_values, newest
from app.store.reading.filters import EventFilter
from app.store.reading.pages import Mark

NAME = "events"
ORDERED_BY = (int,)

OUT_OF_STEP = timedelta(minutes=10)
"""How far the times of events may differ from the order of their numbers.

The time is taken before a writer waits for his turn; and clocks are set right. A clock that was set back by more blurs the
bounds of a list by its times, by as much.
"""

_event, _head = tables.event, tables.event_head
_HEAD = select(_head.c.number)
_rest = select(literal(1, BigInteger).label("low"), (_head.c.number + 1).label("high")).cte("rest", recursive=True)
_middle = (_rest.c.low + _rest.c.high) // 2
_at_middle = select(_event.c.at).where(_event.c.number >= _middle).order_by(_event.c.number).limit(1)
_is_later = _at_middle.correlate(_rest).scalar_subquery() >= bindparam("moment", type_=_event.c.at.type)
_half = select(case((_is_later, _rest.c.low), else_=_middle + 1), case((_is_later, _middle), else_=_rest.c.high))
_halved = _rest.union_all(_half.where(_rest.c.low < _rest.c.high))
_FIRST_SINCE = select(_halved.c.low).where(_halved.c.low >= _halved.c.high)
_AFTER = select(_event).where(_event.c.number > bindparam("number")).order_by(_event.c.number)


def read_events(connection: Connection, wanted: EventFilter, before: Mark | None, count: int) -> list[AuditEvent]:
    """Return the newest events that are wanted, before a mark."""
    rows = select(_event).where(_event.c.number >= bindparam(FLOOR))
    floor, no_parameters = 0, dict[str, object]()
    if before is not None:
        rows = rows.where(_event.c.number < before[0])
    if wanted.since is not None:
        floor = first_since(connection, wanted.since - OUT_OF_STEP)
        rows = rows.where(_event.c.at >= wanted.since)
    if wanted.until is not None:
        bound = first_since(connection, wanted.until + OUT_OF_STEP)
        rows = rows.where(_event.c.at < wanted.until, _event.c.number < bound)
    rows = rows.order_by(_event.c.number.desc()).limit(count)
    statements = (rows.where(*conditions) for conditions in _indexed(connection, wanted))
    branches = ((statement, no_parameters) for statement in statements)
    return [read_event(row) for row in newest(connection, branches, mark=_mark, count=count, floor=floor)]


def mark_event(row: AuditEvent) -> Mark:
    """Return what the list is ordered by."""
    return (row.number,)


def read_event(row: Row[Any]) -> AuditEvent:
    """Return a row of the table."""
    return AuditEvent(**row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping


def event_kinds(connection: Connection) -> Sequence[str]:
    """Return the kinds of events that there are."""
    return distinct_values(connection, _event.c.kind)


def newest_event(connection: Connection) -> int:
    """Return the number of the newest event, 0 before the first."""
    return connection.execute(_HEAD).scalar() or 0


def events_after(connection: Connection, number: int, limit: int) -> list[AuditEvent]:
    """Return the events after a number, oldest first."""
    return [read_event(row) for row in connection.execute(_AFTER.limit(limit), {"number": number})]


def first_since(connection: Connection, moment: datetime) -> int:
    """Return the number of the first event at or after a time, or of the next one to come; halving the rest each time.

    An index of the times would cost every writer of events; their numbers are in their order, nearly.
    """
    return int(connection.execute(_FIRST_SINCE, {"moment": moment}).scalar_one())


def _indexed(connection: Connection, wanted: EventFilter) -> Iterator[list[Any]]:
    if wanted.subject is not None:
        about = _event.c.subject == wanted.subject
        for kind in sorted(set(wanted.kinds)) or distinct_values(connection, _event.c.kind, about):
            yield [about, _event.c.kind == kind]
    elif wanted.kinds:
        yield from ([_event.c.kind == kind] for kind in sorted(set(wanted.kinds)))
    else:
        yield []


def _mark(row: Row[Any]) -> Mark:
    return (row.number,)
