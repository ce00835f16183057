"""ndau's texts, whole, cut and bent: each is a value with that one text, or refused in a sentence."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.ndau.addresses import KINDS, address_of, parse_address
from app.ndau.algorithms import Algorithm
from app.ndau.encoding import (
    Packed,
    add_checksum,
    base32_decode,
    base32_encode,
    decode,
    encode,
    pack,
    strip_checksum,
    unpack,
)
from app.ndau.keys import PrivateKey, PublicKey, Signature

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=120)
KEYS = [PrivateKey.generate(algorithm) for algorithm in Algorithm for _ in range(3)]
PARSERS: dict[str, Callable[[str], Any]] = {
    "public key": PublicKey.parse,
    "private key": PrivateKey.parse,
    "signature": Signature.parse,
    "address": parse_address,
}
VALID = {
    "public key": [str(key.public_key()) for key in KEYS],
    "private key": [str(key) for key in KEYS],
    "signature": [str(key.sign(b"message")) for key in KEYS],
    "address": [address_of(kind, key.public_key().data) for kind in KINDS for key in KEYS[:2]],
}
KIND = st.sampled_from(sorted(PARSERS))


@st.composite
def valid_text(draw: st.DrawFn) -> tuple[str, str]:
    kind = draw(KIND)
    return kind, draw(st.sampled_from(VALID[kind]))


@given(KIND, ANYTHING | st.text(LETTERS, max_size=200), st.sampled_from(["", "npub", "npvt", "nda"]))
def test_any_text_is_a_value_with_this_text_or_refused(kind: str, text: str, prefix: str) -> None:
    try:
        value = PARSERS[kind](prefix + text)
    except InvalidInput:
        return
    assert str(value) == prefix + text.lower()


@given(valid_text(), st.integers(0, 300), st.sampled_from(LETTERS) | st.characters())
def test_one_other_character_is_always_refused(valid: tuple[str, str], place: int, other: str) -> None:
    kind, text = valid
    place %= len(text)
    # In either case is read; "k" is also the lower case of the Kelvin sign, which is none of the letters.
    if other.lower() == text[place] and other.isascii():
        return
    with pytest.raises(InvalidInput):
        PARSERS[kind](text[:place] + other + text[place + 1 :])


@given(valid_text(), st.integers(0, 300), st.integers(1, 16), st.text(LETTERS, max_size=16))
def test_a_text_with_a_piece_cut_out_put_in_or_changed_is_always_refused(
    valid: tuple[str, str], place: int, length: int, piece: str
) -> None:
    kind, text = valid
    place %= len(text)
    other = text[:place] + piece + text[place + length :]
    if other == text:
        return
    if kind == "address":
        # 16 bits of checksum miss one in 65,536 changes of more than one letter: only one that is read is believed.
        refused_or_itself(kind, other)
    else:
        with pytest.raises(InvalidInput):
            PARSERS[kind](other)


def refused_or_itself(kind: str, text: str) -> None:
    try:
        value = PARSERS[kind](text)
    except InvalidInput:
        return
    assert str(value) == text


@given(valid_text(), st.integers(0, 300))
def test_two_neighbours_that_changed_places_are_always_refused(valid: tuple[str, str], place: int) -> None:
    kind, text = valid
    place %= len(text) - 1
    other = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if other != text:
        with pytest.raises(InvalidInput):
            PARSERS[kind](other)


@given(valid_text(), KIND)
def test_a_text_of_one_kind_is_none_of_another(valid: tuple[str, str], other: str) -> None:
    kind, text = valid
    if kind != other:
        with pytest.raises(InvalidInput):
            PARSERS[other](text)


@given(st.integers(0, 255), st.binary(max_size=255), KIND, st.sampled_from(["", "npub", "npvt"]))
def test_any_tagged_bytes_with_a_good_checksum_are_a_value_or_refused(
    number: int, data: bytes, kind: str, prefix: str
) -> None:
    refused_or_itself(kind, prefix + encode(Packed(number % 128, data)))


@given(ANYTHING)
def test_base32_reads_what_it_would_write_and_nothing_else(text: str) -> None:
    try:
        data = base32_decode(text)
    except InvalidInput:
        return
    assert base32_encode(data) == text.lower()


@given(st.binary(max_size=300))
def test_any_bytes_are_what_a_checksum_or_a_tag_made_or_refused(data: bytes) -> None:
    with suppress(InvalidInput):
        assert add_checksum(strip_checksum(data)) == data
    with suppress(InvalidInput):
        assert pack(unpack(data)) == data


@given(st.sampled_from(VALID["signature"]), st.integers(0, 200), st.integers(1, 255))
def test_signature_bytes_with_one_bit_or_more_changed_are_another_signature_or_none(
    text: str, place: int, change: int
) -> None:
    packed = decode(text)
    place %= len(packed.data)
    changed = bytes([*packed.data[:place], packed.data[place] ^ change, *packed.data[place + 1 :]])
    try:
        signature = Signature(Algorithm(packed.algorithm), changed)
    except InvalidInput:
        return
    assert str(signature) != text
    assert not any(key.public_key().verify(b"message", signature) for key in KEYS)
