import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.money import (
    MAX_AMOUNT,
    checked_amount,
    format_dollars,
    format_ndau,
    nanocents_to_decimal,
    napu_to_decimal,
    parse_dollars,
    parse_ndau,
    proceeds_nanocents,
)

AMOUNTS = st.integers(0, MAX_AMOUNT)


@given(AMOUNTS)
def test_a_quantity_survives_its_text_form(napu: int) -> None:
    assert parse_ndau(format_ndau(napu)) == napu


@given(AMOUNTS)
def test_a_price_survives_its_text_form(nanocents: int) -> None:
    assert parse_dollars(format_dollars(nanocents)) == nanocents


@given(AMOUNTS)
def test_text_forms_have_no_trailing_zeros_and_equal_the_exact_decimal(amount: int) -> None:
    text = format_ndau(amount)
    assert not text.endswith(".")
    assert "." not in text or not text.endswith("0")
    assert Decimal(text) == napu_to_decimal(amount)
    assert Decimal(format_dollars(amount)) == nanocents_to_decimal(amount)


@pytest.mark.parametrize(
    ("text", "napu"), [("1.5", 150_000_000), ("0.00000001", 1), ("007", 700_000_000), ("1.10000000000", 110_000_000)]
)
def test_decimal_ndau_is_read_exactly(text: str, napu: int) -> None:
    assert parse_ndau(text) == napu


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1e3", "1.", ".5", "1,5", "0.000000001", "NaN", "Infinity", "\u0661", "1 0", "0x10", "1_000"],
)
def test_what_is_no_quantity_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"the order's size is .*expected decimal ndau"):
        parse_ndau(text, what="the order's size")


@given(st.text())
def test_any_text_is_a_quantity_or_invalid_input(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert 0 <= parse_ndau(text) <= MAX_AMOUNT


@pytest.mark.parametrize("text", ["92233720368.54775808", "9" * 19, "9" * 5000])
def test_what_does_not_fit_64_bits_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="expected"):
        parse_ndau(text)


def test_the_largest_amount_is_accepted() -> None:
    assert parse_ndau("92233720368.54775807") == MAX_AMOUNT
    assert checked_amount(MAX_AMOUNT, what="x") == MAX_AMOUNT


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1])
def test_an_amount_outside_64_bits_is_refused(amount: int) -> None:
    with pytest.raises(InvalidInput, match="the total is"):
        checked_amount(amount, what="the total")


def test_proceeds_are_quantity_times_price_cut_off() -> None:
    assert proceeds_nanocents(150_000_000, 100_097_097_419) == 150_145_646_128
