import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.ndau.addresses import KINDS, address_of, parse_address
from app.ndau.keys import PrivateKey, address

ADDRESS = "ndaqnard42tyeab4dmurvvu38r5di97imexbaigbqjfdgxjc"


@given(st.sampled_from(sorted(KINDS)), st.binary(min_size=32, max_size=33))
def test_every_address_made_is_an_address(kind: str, public_key: bytes) -> None:
    made = address_of(kind, public_key)
    assert len(made) == 48
    assert made.startswith(f"nd{kind}")
    assert parse_address(made) == made
    assert parse_address(made.upper()) == made


@given(st.integers(0, 47), st.sampled_from("abcdefghijkmnpqrstuvwxyz23456789"))
def test_one_wrong_character_never_goes_unnoticed(place: int, letter: str) -> None:
    wrong = ADDRESS[:place] + letter + ADDRESS[place + 1 :]
    if wrong != ADDRESS:
        with pytest.raises(InvalidInput):
            parse_address(wrong)


@given(st.text(max_size=60) | st.text(min_size=45, max_size=45).map(lambda text: "nda" + text))
def test_any_text_is_no_address_and_told_why(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"address|character|checksum"):
        parse_address(text)


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"'z'; expected one of a, n, e, x, b, m"):
        address("z", PrivateKey.generate().public_key())


def test_an_address_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InvalidInput, match="starts with 'ndz'"):
        parse_address("ndz" + ADDRESS[3:])
