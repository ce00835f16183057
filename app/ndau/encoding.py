"""ndau's text forms: base32 in its own alphabet, over bytes that carry a checksum, over a tagged byte string.

The rules are those of ndau's own Go code. Every decoder is total: any input gives a value or InvalidInput, and each
value has exactly one accepted form (but for upper case, which ndau also reads).
"""

import base64
import hashlib
from dataclasses import dataclass

from app.domain.errors import InvalidInput

_NDAU_ALPHABET = b"abcdefghijkmnpqrstuvwxyz23456789"
_RFC_4648_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_NDAU = bytes.maketrans(_RFC_4648_ALPHABET, _NDAU_ALPHABET)
_TO_RFC_4648 = bytes.maketrans(_NDAU_ALPHABET, _RFC_4648_ALPHABET)

_MINIMUM_CHECKSUM = 3
_PACKED_HEADER = b"\x92%c\xc4%c"
"""MessagePack: an array of two, a small unsigned integer, and a byte string whose length fits one byte."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A byte string tagged with the number of the algorithm it belongs to (0 to 127)."""

    algorithm: int
    data: bytes


def base32_encode(data: bytes) -> str:
    """Write bytes in ndau's base32; the length must be a multiple of 5, so that no padding is ever needed."""
    return base64.b32encode(data).translate(_TO_NDAU).decode("ascii")


def base32_decode(text: str) -> bytes:
    """Read ndau's base32 in either case.

    Raises:
        InvalidInput: a character outside ndau's alphabet, or a length that is no multiple of 8.
    """
    for position, character in enumerate(text):
        if not character.isascii() or character.lower().encode() not in _NDAU_ALPHABET:
            raise InvalidInput(
                f"character {position + 1} is {character!r}; expected one of {_NDAU_ALPHABET.decode('ascii')}"
            )
    if len(text) % 8:
        raise InvalidInput(f"the text has {len(text)} characters of base32; expected a multiple of 8")
    return base64.b32decode(text.lower().encode("ascii").translate(_TO_RFC_4648))


def add_checksum(data: bytes) -> bytes:
    """Return the checksum's length, the data, and the last bytes of its SHA-224; a multiple of 5 long in all."""
    length = _checksum_length(len(data))
    return bytes([length]) + data + hashlib.sha224(data).digest()[-length:]


def strip_checksum(summed: bytes) -> bytes:
    """Return the data inside what `add_checksum` made.

    Raises:
        InvalidInput: too short, another layout, or the checksum does not match.
    """
    length = summed[0] if summed else 0
    data = summed[1 : len(summed) - length]
    if length < _MINIMUM_CHECKSUM or len(summed) < 1 + length or length != _checksum_length(len(data)):
        raise InvalidInput("the text has no valid checksum layout; it is cut, or no ndau key or signature")
    if add_checksum(data) != summed:
        raise InvalidInput("the checksum does not match; a character is wrong")
    return data


def pack(packed: Packed) -> bytes:
    """Write the tag and the byte string (at most 255 bytes)."""
    return _PACKED_HEADER % (packed.algorithm, len(packed.data)) + packed.data


def unpack(data: bytes) -> Packed:
    """Read what `pack` wrote.

    Raises:
        InvalidInput: not a tagged byte string, or its declared length is not its length.
    """
    header, content = data[:4], data[4:]
    if len(header) < len(_PACKED_HEADER % (0, 0)) or header[0] != 0x92 or header[1] > 0x7F or header[2] != 0xC4:  # noqa: PLR2004  the header's bytes
        raise InvalidInput("the text holds no tagged byte string; it is no ndau key or signature")
    if header[3] != len(content):
        raise InvalidInput(f"the text declares {header[3]} bytes and holds {len(content)}; expected the same number")
    return Packed(header[1], content)


def encode(packed: Packed) -> str:
    """Write a tagged byte string as text with a checksum."""
    return base32_encode(add_checksum(pack(packed)))


def decode(text: str) -> Packed:
    """Read text that `encode` wrote.

    Raises:
        InvalidInput: anything else; the message says which layer is wrong.
    """
    return unpack(strip_checksum(base32_decode(text)))


def _checksum_length(data_length: int) -> int:
    length = 5 - (data_length + 1) % 5
    return length if length >= _MINIMUM_CHECKSUM else length + 5
