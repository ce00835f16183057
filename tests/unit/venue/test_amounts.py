from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue.amounts import UNITS_PER_WHOLE, decimal_from, digits_of, units_from
from venue.errors import InvalidRequest


@given(st.integers(0, 10**15 * UNITS_PER_WHOLE - 1))
def test_units_written_as_text_and_read_back_are_the_same(units: int) -> None:
    assert units_from(f"{decimal_from(units):f}", "amount") == units


@given(st.integers(-(10**30), 10**30), st.integers(0, 12))
def test_the_decimal_is_exactly_the_units_divided(units: int, digits: int) -> None:
    value = decimal_from(units, digits)
    assert Fraction(value) == Fraction(units, UNITS_PER_WHOLE)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    assert -exponent >= digits or exponent == digits == 0


@pytest.mark.parametrize("text", ["", "-1", "+1", "1e3", ".5", "1.", " 1", "1 ", "NaN", "٣", "1,5", "1" * 16])
def test_text_that_is_no_plain_decimal_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidRequest, match="price must be plain decimal text"):
        units_from(text, "price")


def test_digits_beyond_the_unit_are_refused_but_zeros_are_not() -> None:
    assert units_from("1.0000000000010", "amount") == UNITS_PER_WHOLE + 1
    with pytest.raises(InvalidRequest, match="more than 12 digits"):
        units_from("1.0000000000001", "amount")


def test_no_digit_is_lost_however_many_there_are() -> None:
    assert decimal_from(123456789012345678901234567890) == Decimal("123456789012345678.90123456789")


@pytest.mark.parametrize(("text", "digits"), [("0.01", 2), ("0.25", 2), ("5", 0), ("10", 0), ("0.00000001", 8)])
def test_a_grid_needs_the_digits_of_its_spacing(text: str, digits: int) -> None:
    assert digits_of(units_from(text, "tick")) == digits
