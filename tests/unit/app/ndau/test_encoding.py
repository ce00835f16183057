import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.ndau.encoding import Packed, add_checksum, base32_decode, base32_encode, decode, encode, pack, unpack

PACKED = st.builds(Packed, st.integers(0, 127), st.binary(max_size=255))


@given(st.binary(max_size=80).map(lambda data: data[: len(data) // 5 * 5]))
def test_base32_reads_back_what_it_wrote(data: bytes) -> None:
    assert base32_decode(base32_encode(data)) == data
    assert base32_decode(base32_encode(data).upper()) == data


@given(PACKED)
def test_a_text_reads_back_as_what_was_written(packed: Packed) -> None:
    text = encode(packed)
    assert len(text) % 8 == 0
    assert decode(text) == packed


@given(st.text(max_size=60) | st.text("abcdefghijkmnpqrstuvwxyz23456789", max_size=64))
def test_any_text_gives_a_value_or_one_clear_error(text: str) -> None:
    try:
        packed = decode(text)
    except InvalidInput:
        return
    assert encode(packed) == text.lower()


@given(st.binary(max_size=60))
def test_any_bytes_with_a_good_checksum_give_the_value_they_came_from_or_one_clear_error(data: bytes) -> None:
    try:
        packed = decode(base32_encode(add_checksum(data)))
    except InvalidInput:
        return
    assert pack(packed) == data


@given(PACKED, st.data())
def test_one_wrong_character_never_goes_unnoticed(packed: Packed, data: st.DataObject) -> None:
    text = encode(packed)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("abcdefghijkmnpqrstuvwxyz23456789").filter(lambda letter: letter != text[place]))
    with pytest.raises(InvalidInput):
        decode(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "checksum layout"),
        ("abc", "multiple of 8"),
        ("abcdefgl", "character 8 is 'l'"),
        ("abcdefg ", "character 8 is ' '"),
        ("abcdefgé", "character 8 is 'é'"),
        ("\u212aaaaaaaa", "character 1"),  # the Kelvin sign is "k" in lower case
        ("a" * 16, "checksum layout"),
    ],
)
def test_a_text_that_is_none_is_told_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        decode(text)


def test_a_wrong_checksum_is_named() -> None:
    summed = bytearray(add_checksum(pack(Packed(1, b"token"))))
    summed[-1] ^= 1
    with pytest.raises(InvalidInput, match="checksum does not match"):
        decode(base32_encode(bytes(summed)))


def test_a_checksum_longer_than_it_must_be_is_refused() -> None:
    data = pack(Packed(1, b"token"))
    longer = add_checksum(data)[0] + 5
    summed = bytes([longer]) + data + hashlib.sha224(data).digest()[-longer:]
    with pytest.raises(InvalidInput, match="checksum layout"):
        decode(base32_encode(summed))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\x92\x01\xc4\x03ab", "declares 3 bytes and holds 2"),
        (b"\x92\x01\xc4\x01ab", "declares 1 bytes and holds 2"),
        (b"\x92\x01\xc5\x00\x02ab", "no tagged byte string"),
        (b"\x92\xcc\x01\xc4\x02ab", "no tagged byte string"),
        (b"\x93\x01\xc4\x02ab", "no tagged byte string"),
        (b"\x92\x01\xc4", "no tagged byte string"),
        (b"", "no tagged byte string"),
    ],
)
def test_a_header_in_any_other_form_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        unpack(data)
