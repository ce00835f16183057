import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges import exact_json

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("number", ["12.123456780000000001", "0.10", "1E-8", "-0", "1" * 5000])
def test_a_number_keeps_every_digit(number: str) -> None:
    assert exact_json.parse(f'{{"n": {number}}}') == {"n": number}
    assert exact_json.write(exact_json.parse(f'{{"n": {number}}}')) == f'{{"n": {number}}}'


@given(DOCUMENTS)
def test_what_is_written_is_what_was_read(document: object) -> None:
    assert json.loads(exact_json.write(exact_json.parse(json.dumps(document)))) == document


@pytest.mark.parametrize("text", ["", "NaN", "[Infinity]", "<html></html>", "{", "[" * 200_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        exact_json.parse(text)
