from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.console.api.amounts import ndau_text, price_text, proceeds_text
from app.console.api.fields import read_day, read_time

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1971, 1, 2), datetime(9997, 12, 30), timezones=ZONES))  # noqa: DTZ001  hypothesis adds zones
def test_every_time_is_read_as_it_was_meant(moment: datetime) -> None:
    assert read_time(moment.isoformat()) == moment
    assert read_time(moment.isoformat()).tzinfo is UTC


@given(st.datetimes(timezones=ZONES))
def test_no_time_is_too_early_or_too_late_to_be_read(moment: datetime) -> None:
    assert read_time(moment.isoformat()).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-21T20:33:07Z", datetime(2026, 11, 21, 20, 33, 7, tzinfo=UTC)),
        ("2026-11-21t20:33:07.1234567z", datetime(2026, 11, 21, 20, 33, 7, 123456, tzinfo=UTC)),
        ("2026-11-21T20:33:60+01:00", datetime(2026, 11, 21, 19, 33, 59, tzinfo=UTC)),
        ("0000-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59-12:00", datetime(9998, 1, 1, tzinfo=UTC)),
    ],
)
def test_what_rfc_3339_allows_is_read(text: str, meant: datetime) -> None:
    assert read_time(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-21",
        "2026-11-21T20:33:07",
        "2026-02-30T00:00:00Z",
        "2026-11-21T20:33:61Z",
        "1700000000",
        7,
        None,
    ],
)
def test_what_is_no_time_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(ValueError, match="for example 2026-11-21T20:33:07Z"):
        read_time(text)


def test_a_day_is_read_and_one_before_all_days_is_the_first() -> None:
    assert read_day("2026-11-21") == date(2026, 11, 21)
    assert read_day("0000-01-01") == date(1970, 1, 1)
    for wrong in ("2026-13-01", "2026-11-21T00:00:00Z", "", 7):
        with pytest.raises(ValueError, match="expected a day as RFC 3339 writes it"):
            read_day(wrong)


def test_amounts_are_written_with_all_their_digits() -> None:
    assert ndau_text(1_250_000_000) == "12.50000000"
    assert ndau_text(-1) == "-0.00000001"
    assert ndau_text(2**63 - 1) == "92233720368.54775807"
    assert price_text(1_702_000_000_001) == "17.02000000001"
    assert proceeds_text(10**19 + 1) == "1.0000000000000000001"
    assert (ndau_text(None), price_text(None)) == (None, None)
