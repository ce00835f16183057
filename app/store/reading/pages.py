"""Lists in pages: a bookmark says after which row the next one begins, so that a page costs the same wherever it is."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT

RowT = TypeVar("RowT")

MOST_ROWS = 500
"""On one page."""

_MOST_CHARACTERS = 1000
"""Of a bookmark; far above the longest ids of any exchange."""

Mark = tuple[datetime | int | str, ...]
"""What the rows of a list are ordered by."""


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Some rows, newest first.

    Attributes:
        next: what to ask the following page with, to be handed back as it is; None on the last page.
    """

    rows: tuple[RowT, ...]
    next: str | None


def checked_limit(limit: int) -> int:
    """Return the number of rows of a page unchanged if it is 1 to 500.

    Raises:
        InvalidInput: it is not.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise InvalidInput(f"limit is {limit}; expected 1 to {MOST_ROWS} rows a page")
    return limit


def bookmark(name: str, mark: Mark) -> str:
    """Return a bookmark of a list, safe in a URL."""
    values = [value.isoformat() if isinstance(value, datetime) else value for value in mark]
    text = json.dumps([name, *values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_bookmark(name: str, text: str, types: Sequence[type[datetime | int | str]]) -> Mark:
    """Return where a bookmark of a list that is ordered by values of these types points.

    Raises:
        InvalidInput: it is none of this list.
    """
    values = _values(text)
    if len(values) != len(types) + 1 or values[0] != name:
        raise _broken(name)
    return tuple(_read(name, value, expected) for value, expected in zip(values[1:], types, strict=True))


def is_storable(text: str) -> bool:
    """Tell whether a text can be in the ledger at all: neither database takes half of a character, nor PostgreSQL a NUL."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _values(text: str) -> Sequence[object]:
    if len(text) > _MOST_CHARACTERS or not text.isascii():
        return ()
    try:
        padded = text + "=" * (-len(text) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return ()
    return values if isinstance(values, list) else ()


def _read(name: str, value: object, expected: type[datetime | int | str]) -> datetime | int | str:
    if expected is datetime:
        return _read_time(name, value)
    if expected is str and isinstance(value, str) and is_storable(value):
        return value
    if expected is int and type(value) is int and 0 <= value <= MAX_AMOUNT:
        return value
    raise _broken(name)


def _read_time(name: str, value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        if time is not None and time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _broken(name)


def _broken(name: str) -> InvalidInput:
    return InvalidInput(
        f"the bookmark of the page is none of the list of {name}; expected one as the page before gave it"
    )
