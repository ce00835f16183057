from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.timestamps import nanoseconds_of, present_nanoseconds
from app.domain.errors import InvalidInput

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=OFFSETS))  # noqa: DTZ001
def test_what_python_writes_is_read_as_the_same_instant(time: datetime) -> None:
    assert nanoseconds_of(time.isoformat()) == present_nanoseconds(time.astimezone(UTC))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31t12:00:00z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00-00:00"),
        ("2026-01-31T12:00:00Z", "2026-01-31T14:30:00+02:30"),
        ("2026-01-31T23:00:00.5Z", "2026-02-01T01:00:00.500000000+02:00"),
    ],
)
def test_one_instant_written_in_two_ways_is_one(one: str, other: str) -> None:
    assert nanoseconds_of(one) == nanoseconds_of(other)


def test_a_nanosecond_makes_a_difference() -> None:
    assert nanoseconds_of("2026-01-31T12:00:00.000000001Z") - nanoseconds_of("2026-01-31T12:00:00Z") == 1


def test_the_ends_of_the_calendar_are_no_error() -> None:
    assert nanoseconds_of("0001-01-01T00:00:00+23:59") < nanoseconds_of("9999-12-31T23:59:59-23:59")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "1769860800",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31 12:00:00Z",
        "2026-01-31T12:00Z",
        "2026-1-31T12:00:00Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00.0000000001Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T23:59:60Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+0100",
        "2026-01-31T12:00:00Z ",
        "2026-01-31T12:00:00Z\n",
        "0000-01-01T00:00:00Z",
        "\uff12026-01-31T12:00:00Z",
        "+2026-01-31T12:00:00Z",
        "2026-W05-6T12:00:00Z",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="expected RFC 3339"):
        nanoseconds_of(text)


@given(st.text(max_size=40))
def test_whatever_else_is_written_is_refused_in_a_short_sentence(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        nanoseconds_of(text)
    assert len(str(refused.value)) < 400
