from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.console import figures

NOW = datetime(2026, 11, 21, 20, 33, 7, tzinfo=UTC)
AMOUNTS = st.integers(min_value=-(2**63), max_value=2**63)


@given(AMOUNTS)
def test_amounts_are_written_to_the_last_unit(amount: int) -> None:
    for write, digits in ((figures.ndau, 8), (figures.price, 11), (figures.proceeds, 19)):
        whole, _, fraction = write(amount).replace(",", "").partition(".")
        assert int(whole + fraction.ljust(digits, "0")) == amount


@pytest.mark.parametrize(
    ("write", "amount", "expected"),
    [
        (figures.ndau, 123_456_000_000_000, "1,234,560"),
        (figures.ndau, 1, "0.00000001"),
        (figures.price, 1_702_000_000_000, "17.02"),
        (figures.price, 100_000_000_000, "1.00"),
        (figures.proceeds, 10**19, "1.00"),
        (figures.rounded_proceeds, 12_345_678 * 10**17, "123,456.78"),
        (figures.rounded_proceeds, 10**17 - 1, "0.00"),
        (figures.rounded_proceeds, 1 - 10**17, "0.00"),
        (figures.rounded_proceeds, -(10**19), "-1.00"),
    ],
)
def test_amounts_are_written_as_people_read_them(write: Callable[[int], str], amount: int, expected: str) -> None:
    assert write(amount) == expected


def test_times_are_written_in_utc_whatever_they_came_in() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-5)))
    assert figures.moment(elsewhere) == "2026-11-21 20:33:07 UTC"
    assert figures.machine_moment(elsewhere) == "2026-11-21T20:33:07.000Z"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.119, "0.12 s"),
        (1, "1 s"),
        (59.99, "59.9 s"),
        (60, "1 min 00 s"),
        (3600, "1 h 00 min"),
        (90_000, "1 d 1 h"),
        (-2, "-2 s"),
    ],
)
def test_spans_are_written_in_their_largest_units(seconds: float, expected: str) -> None:
    assert figures.span(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7199, "1 h ago"),
        (86_400, "1 d ago"),
        (-90, "in 1 min"),
        (-3, "in 3 s"),
    ],
)
def test_ages_are_written_in_words(seconds: int, expected: str) -> None:
    assert figures.ago(NOW - timedelta(seconds=seconds), NOW) == expected
