from hypothesis import given
from hypothesis import strategies as st

from app.console.pages.downloads import cell

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@given(st.text())
def test_no_text_becomes_a_cell_that_starts_a_formula(text: str) -> None:
    written = cell(text)
    assert not written.startswith(STARTS_A_FORMULA) or written.lstrip("-").replace(".", "").isdecimal()
    assert written.removeprefix("'") == text.removeprefix("'") or written == text


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: f"{number:f}"))
def test_a_number_stays_a_number_below_zero_too(number: object) -> None:
    assert cell(number) == str(number)


def test_what_is_not_known_is_empty() -> None:
    assert not cell(None)
