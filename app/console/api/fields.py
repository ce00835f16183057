"""What scripts may send: within bounds that no database minds, and times in one notation."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.domain.money import MAX_AMOUNT
from app.store.reading.pages import MOST_ROWS

STORABLE = r"^[^\u0000]*$"
"""PostgreSQL stores no NUL."""

_RFC_3339 = re.compile(
    r"(?P<year>[0-9]{4})(?P<rest>-[0-9]{2}-[0-9]{2})[Tt]"
    r"(?P<clock>[0-9]{2}:[0-9]{2}:)(?P<second>[0-9]{2})(?P<fraction>\.[0-9]+)?(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"(?P<year>[0-9]{4})-[0-9]{2}-[0-9]{2}")
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


def read_time(text: object) -> datetime:
    """Read a time as RFC 3339 writes it; one outside the years in which anything can be in the ledger is its nearest end.

    Raises:
        PydanticCustomError: it is none.
    """
    match = _RFC_3339.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise _no_time()
    if not _EARLIEST.year < int(match["year"]) < _LATEST.year:
        return _EARLIEST if int(match["year"]) <= _EARLIEST.year else _LATEST
    second = "59" if match["second"] == "60" else match["second"]  # a leap second
    zone = "+00:00" if match["zone"] in "Zz" else match["zone"]
    fraction = (match["fraction"] or "")[:7]
    exact = f"{match['year']}{match['rest']}T{match['clock']}{second}{fraction}{zone}"
    try:
        return datetime.fromisoformat(exact).astimezone(UTC)
    except ValueError as error:
        raise _no_time() from error


def read_day(text: object) -> date:
    """Read a day as RFC 3339 writes it; one before anything can be in the ledger is the first.

    Raises:
        PydanticCustomError: it is none.
    """
    match = _DAY.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise _no_day()
    try:
        return _EARLIEST.date() if match["year"] == "0000" else date.fromisoformat(match[0])
    except ValueError as error:
        raise _no_day() from error


def _no_time() -> PydanticCustomError:
    words = "expected a time with its offset as RFC 3339 writes it, for example 2026-11-21T20:33:07Z"
    return PydanticCustomError("time", words)


def _no_day() -> PydanticCustomError:
    return PydanticCustomError("day", "expected a day as RFC 3339 writes it, for example 2026-11-21")


Day = Annotated[
    date,
    BeforeValidator(read_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-21"]}),
]
Time = Annotated[
    datetime,
    BeforeValidator(read_time),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-21T20:33:07Z"]}),
]

ExchangeName = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="An exchange's name in the settings.", examples=["bitmart"]),
]
FillId = Annotated[
    str, Field(min_length=1, max_length=128, pattern=STORABLE, description="The exchange's id of the fill.")
]
Id = Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
Why = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1000,
        pattern=r"^[^\u0000]*[^\s\u0000][^\u0000]*$",
        description="For the record: it stands in the event, beside your name.",
        examples=["the exchange announced maintenance"],
    ),
]

InPathExchange = Annotated[ExchangeName, Path()]
InPathId = Annotated[Id, Path(description="The ledger's number.")]
Since = Annotated[Time | None, Query(description="From this time on.")]
Until = Annotated[Time | None, Query(description="Before this time.")]
OfExchange = Annotated[ExchangeName | None, Query()]


def _named(bookmark: str | None) -> str | None:
    return bookmark or None


After = Annotated[
    str | None,
    Query(
        max_length=1000,
        pattern=STORABLE,
        description="The `next` of the page before; left out, or empty, for the first page.",
    ),
    AfterValidator(_named),
]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows a page.")]
