"""Read a list from several ends at once, each in the order of an index of its own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CTE, Column, ColumnElement, Connection, Row, Select, func, select

from app.store.reading.pages import Mark

FLOOR = "floor"
"""The parameter by which a branch is told from where on its rows are of no use any more."""

NO_FLOOR = datetime(1, 1, 1, tzinfo=UTC)

Branch = tuple[Select[Any], Mapping[str, object]]


def newest(
    connection: Connection,
    branches: Iterable[Branch],
    *,
    mark: Callable[[Row[Any]], Mark],
    count: int,
    floor: datetime | int = NO_FLOOR,
) -> list[Row[Any]]:
    """Return the newest rows of all branches together, newest first.

    Each branch is a statement that gives its own newest rows, at most `count`. A database has no plan for that: it would
    sort a million rows of which fifty are wanted.

    Args:
        connection: to read with.
        branches: statements with parameters; no row may be in two of them.
        mark: what rows are ordered by; its first value is compared with the floor.
        count: how many rows.
        floor: what the first value is at least, at the beginning.
    """
    found: list[Row[Any]] = []
    for statement, parameters in branches:
        found += connection.execute(statement, {**parameters, FLOOR: floor}).all()
        found.sort(key=mark, reverse=True)
        del found[count:]
        if len(found) == count:
            floor = _first(mark(found[-1]))
    return found


def narrowed(rows: Select[Any]) -> CTE:
    """Return a few rows, found by what finds few.

    Otherwise PostgreSQL may take the index of the order instead, and look for the few among a million.
    """
    return rows.cte("narrowed").prefix_with("MATERIALIZED")


def distinct_values(connection: Connection, column: Column[str], *within: ColumnElement[bool]) -> Sequence[str]:
    """Return the different values of a column that an index leads to, at a glance for each.

    Args:
        connection: to read with.
        column: it comes first in an index, or next after what is `within`.
        within: conditions on what comes before it there.
    """
    smallest = select(func.min(column).label("value")).where(*within)
    found = smallest.cte("found", recursive=True)
    following = smallest.where(column > found.c.value).correlate(found).scalar_subquery()
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    return connection.execute(select(found.c.value).where(found.c.value.is_not(None))).scalars().all()


def _first(mark: Mark) -> datetime | int:
    first = mark[0]
    assert not isinstance(first, str)  # noqa: S101  lists are in the order of a time or a number
    return first
