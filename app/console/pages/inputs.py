"""Read what a person put into a page's address: each value is checked, and a wrong one is named in a sentence."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from starlette.datastructures import QueryParams

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.domain.reasons import is_text

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)

LONGEST_TEXT = 128
"""As long as an id of any exchange can be in the ledger."""

_LONGEST_BOOKMARK = 1000
_FIRST_YEAR, _LAST_YEAR = 1970, 9998


class Inputs:
    """The values of a page's address. What is missing or empty is None."""

    def __init__(self, query: QueryParams) -> None:
        self._query = query

    def text(self, name: str, *, longest: int = LONGEST_TEXT) -> str | None:
        """Return a text.

        Raises:
            InvalidInput: it is too long, or no text that a ledger can hold.
        """
        value = self._query.get(name, "").strip()
        if len(value) > longest or not is_text(value):
            raise InvalidInput(f"{name} is {value!r:.60}; expected at most {longest} characters of text")
        return value or None

    def bookmark(self) -> str | None:
        """Return after which row the page begins; None for the newest."""
        return self.text("after", longest=_LONGEST_BOOKMARK)

    def one_of(self, name: str, choices: type[ChoiceT]) -> ChoiceT | None:
        """Return one of some words.

        Raises:
            InvalidInput: it is none of them.
        """
        value = self.text(name)
        if value is None:
            return None
        try:
            return choices(value)
        except ValueError as error:
            raise InvalidInput(f"{name} is {value!r:.60}; expected one of: {', '.join(choices)}") from error

    def whole(self, name: str) -> int | None:
        """Return a number from 1 on that the ledger can hold.

        Raises:
            InvalidInput: it is none.
        """
        value = self.text(name)
        if value is None:
            return None
        number = int(value) if value.isascii() and value.isdecimal() else 0
        if not 0 < number <= MAX_AMOUNT:
            raise InvalidInput(f"{name} is {value!r:.60}; expected a whole number from 1 to {MAX_AMOUNT}")
        return number

    def moment(self, name: str) -> datetime | None:
        """Return a time; without a timezone it is UTC.

        Raises:
            InvalidInput: it is none.
        """
        value = self.text(name)
        if value is None:
            return None
        try:
            time = datetime.fromisoformat(value)
            time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise _no_moment(name, value) from error
        if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
            raise _no_moment(name, value)
        return time


def _no_moment(name: str, value: str) -> InvalidInput:
    return InvalidInput(
        f"{name} is {value!r:.60}; expected a time like 2026-11-21T20:33:07, in UTC, "
        f"of the years {_FIRST_YEAR} to {_LAST_YEAR}"
    )
