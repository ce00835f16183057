from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from app.console.pages.inputs import Inputs
from app.domain.errors import InvalidInput
from app.domain.fills import FillKind
from app.domain.money import MAX_AMOUNT


def of(value: str) -> Inputs:
    return Inputs(QueryParams({"x": value}))


def what_is_wrong(read: Callable[[str], object]) -> str:
    try:
        read("x")
    except InvalidInput as error:
        return str(error)
    return ""


@given(st.text(st.characters(), max_size=200))
def test_whatever_is_typed_is_read_or_named_in_one_sentence(value: str) -> None:
    for read in (of(value).text, of(value).whole, of(value).moment, lambda name: of(value).one_of(name, FillKind)):
        words = what_is_wrong(read)
        assert not words or (words.startswith("x is ") and "; expected " in words)


@pytest.mark.parametrize("value", ["", "   "])
def test_what_is_empty_is_not_asked_for(value: str) -> None:
    inputs = of(value)
    assert (inputs.text("x"), inputs.whole("x"), inputs.moment("x"), inputs.one_of("x", FillKind)) == (None,) * 4
    assert inputs.text("y") is None


def test_a_time_without_a_timezone_is_utc_and_one_with_it_is_turned_into_it() -> None:
    expected = datetime(2026, 11, 21, 20, 33, tzinfo=UTC)
    assert of("2026-11-21T20:33").moment("x") == expected
    assert of("2026-11-21T15:33:00-05:00").moment("x") == expected
    assert of("2026-11-21").moment("x") == datetime(2026, 11, 21, tzinfo=UTC)


def test_numbers_are_those_that_a_ledger_can_hold() -> None:
    assert of("1").whole("x") == 1
    assert of(str(MAX_AMOUNT)).whole("x") == MAX_AMOUNT
    for value in ("0", "-1", "1.0", "١", str(MAX_AMOUNT + 1), "9" * 120):  # noqa: RUF001  an Arabic one is meant
        with pytest.raises(InvalidInput, match="whole number"):
            of(value).whole("x")
