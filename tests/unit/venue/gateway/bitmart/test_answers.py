import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from venue.gateway.bitmart.answers import Json, json_text, newest_page

any_json: st.SearchStrategy[Json] = st.recursive(
    st.one_of(
        st.text(),
        st.booleans(),
        st.none(),
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False, places=12),
    ),
    lambda children: st.one_of(st.lists(children), st.dictionaries(st.text(), children)),
    max_leaves=10,
)


@given(any_json)
def test_json_is_written_without_losing_a_digit(value: Json) -> None:
    assert json.loads(json_text(value), parse_float=Decimal) == value


def test_a_decimal_is_written_as_a_number_with_its_zeros() -> None:
    assert json_text({"price": Decimal("1.50"), "small": Decimal("1E-12")}) == '{"price":1.50,"small":0.000000000001}'


@given(st.lists(st.integers()), st.integers(1, 7))
def test_the_pages_together_are_everything_newest_first(entries: list[int], limit: int) -> None:
    _, pages = newest_page(entries, 0, limit)
    together = [entry for offset in range(pages) for entry in newest_page(entries, offset, limit)[0]]
    assert together == entries[::-1]
    assert not list(newest_page(entries, pages, limit)[0])
