"""Times as exchanges write them: milliseconds since 1970."""

from datetime import UTC, datetime, timedelta

LAST_MILLISECOND = 253_402_300_799_999
"""The end of year 9999, the last that datetime knows."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(milliseconds: int) -> datetime:
    """Return the UTC time of milliseconds since 1970, exactly."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds_of(time: datetime) -> int:
    """Return the milliseconds since 1970 of an aware time, fractions cut off."""
    return (time - _EPOCH) // timedelta(milliseconds=1)
