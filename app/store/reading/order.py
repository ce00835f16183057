"""The order of a list, the same in the database, in its index and in Python."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, literal, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType, TypeEngine

from app.store.reading.pages import Mark


class by_code_points(GenericFunction[str]):  # noqa: N801  it stands for a function of the database
    """A text column, compared as SQLite and Python do: PostgreSQL would do as its locale has it."""

    type: TypeEngine[str] = String()
    inherit_cache = True


@compiles(by_code_points)
def _as_it_is(element: by_code_points, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(by_code_points, "postgresql")
def _collated(element: by_code_points, compiler: SQLCompiler, **options: Any) -> str:
    return f'{compiler.process(element.clauses, **options)} COLLATE "C"'


class looked_at(GenericFunction[Any]):  # noqa: N801  it stands for an operator of the database
    """A column that rows are sifted by, not found by: SQLite holds any index that begins with an equal value for the best."""

    type: TypeEngine[Any] = NullType()
    inherit_cache = True


@compiles(looked_at)
def _as_found(element: looked_at, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(looked_at, "sqlite")
def _hidden(element: looked_at, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def older_than(columns: Sequence[ColumnElement[Any]], mark: Mark | None) -> list[ColumnElement[bool]]:
    """Return the conditions for rows that stand after a mark, in a list of which the newest come first."""
    if mark is None:
        return []
    values = [literal(value, column.type) for column, value in zip(columns, mark, strict=True)]
    # The first alone, besides: it is what an index finds.
    return [columns[0] <= values[0], tuple_(*columns) < tuple_(*values)]
