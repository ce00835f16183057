from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.rates import Rate, counted_for, is_a_leap

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
EURO = Rate("EUR", unit_nanocents=107_000_000_000, observed_nanocents=108_000_000_000, observed_at=NOON, source="test")
WORTHS = st.integers(1, 10**14)
MARGINS = st.fractions(0, Fraction(1, 10))


@given(WORTHS, WORTHS, MARGINS)
def test_a_currency_never_counts_for_more_than_it_is_worth(before: int, observed: int, margin: Fraction) -> None:
    previous = replace(EURO, unit_nanocents=before)
    assert counted_for(previous, observed, margin) <= observed
    assert counted_for(None, observed, margin) <= observed


@given(WORTHS, st.integers(0, 1000), st.fractions(Fraction(1, 1000), Fraction(1, 10)))
def test_what_it_counts_for_stays_while_its_worth_moves_within_the_margins(
    before: int, thousandth: int, margin: Fraction
) -> None:
    previous = replace(EURO, unit_nanocents=before)
    observed = before + int(2 * margin * before * thousandth / 1000)
    assert counted_for(previous, observed, margin) == before


def test_a_fall_below_what_it_counts_for_and_a_great_rise_change_it() -> None:
    margin = Fraction(1, 100)
    assert counted_for(EURO, 106_999_999_999, margin) == 105_929_999_999
    assert counted_for(EURO, 110_000_000_000, margin) == 108_900_000_000


def test_a_leap_is_one_of_more_than_a_tenth() -> None:
    assert not is_a_leap(EURO, 118_800_000_000)
    assert is_a_leap(EURO, 118_800_000_001)
    assert not is_a_leap(EURO, 97_200_000_000)
    assert is_a_leap(EURO, 97_199_999_999)


def test_a_rate_ages() -> None:
    assert not EURO.is_older_than(300, NOON + timedelta(seconds=300))
    assert EURO.is_older_than(300, NOON + timedelta(seconds=301))


def test_a_currency_is_worth_something() -> None:
    with pytest.raises(InvalidInput, match="expected above 0"):
        replace(EURO, unit_nanocents=0)
