"""Timestamps as RFC 3339 writes them, to the nanosecond."""

import re
from datetime import UTC, datetime, timedelta

from app.domain.errors import InvalidInput

NANOSECONDS = 1_000_000_000

_TIMESTAMP = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?"
    r"(?:[Zz]|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):(?P<minutes>[0-5][0-9]))"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds_of(timestamp: str) -> int:
    """Return the instant of a timestamp, in nanoseconds since 1970, UTC.

    Raises:
        InvalidInput: it is no RFC 3339 timestamp, has more than nine decimals, or names a leap second.
    """
    found = _TIMESTAMP.fullmatch(timestamp)
    if found is None:
        raise _no_timestamp(timestamp)
    try:
        local = datetime.strptime(f"{found['date']} {found['time']}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise _no_timestamp(timestamp) from None
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    seconds = (local - _EPOCH) // timedelta(seconds=1)
    # In whole numbers: the year 1 at an offset of its own is no date any more, and must not be an error.
    seconds -= (-1 if found["sign"] == "-" else 1) * (offset // timedelta(seconds=1))
    return seconds * NANOSECONDS + int((found["fraction"] or "").ljust(9, "0"))


def present_nanoseconds(now: datetime) -> int:
    """Return a time in nanoseconds since 1970, UTC."""
    return (now - _EPOCH) // timedelta(microseconds=1) * 1000


def _no_timestamp(text: str) -> InvalidInput:
    return InvalidInput(
        f"the timestamp is {text!r:.60}; expected RFC 3339 with a time zone, such as 2026-01-31T12:00:00Z"
    )
