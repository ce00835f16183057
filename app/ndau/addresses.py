"""ndau addresses: 48 characters of base32 over a kind, part of a public key's hash, and a checksum."""

import binascii
import hashlib

from app.domain.errors import InvalidInput
from app.ndau.encoding import base32_decode, base32_encode

KINDS = {"a": "user", "n": "ndau", "e": "endowment", "x": "exchange", "b": "bpc", "m": "market maker"}
"""The third letter of an address, and what the account is."""

_LENGTH = 48
_HASH_BYTES = 26
_CHECKSUM_BYTES = 2
_CHECKSUM_START = 0x1D0F


def address_of(kind: str, public_key: bytes) -> str:
    """Return the address of a kind ("a" to "x", see KINDS) that belongs to the bytes of a public key.

    Raises:
        InvalidInput: there is no such kind.
    """
    if kind not in KINDS:
        raise InvalidInput(f"the kind of address is {kind!r}; expected one of {', '.join(KINDS)}")
    # Three letters are 15 bits: with five "a" (zeros) behind, they decode to the two header bytes with the last bit 0.
    header = base32_decode(f"nd{kind}aaaaa")[:2]
    body = header + hashlib.sha256(public_key).digest()[-_HASH_BYTES:]
    return base32_encode(body + _checksum(body))


def parse_address(text: str) -> str:
    """Return an address in lower case, its one form; upper case is read too.

    Raises:
        InvalidInput: another length, letter or kind, or its checksum does not match.
    """
    address = text.lower()
    if not text.isascii() or len(address) != _LENGTH:
        raise InvalidInput(f"the address {text[:_LENGTH]!r} has {len(text)} characters; expected {_LENGTH} of base32")
    if address[:2] != "nd" or address[2] not in KINDS:
        raise InvalidInput(
            f"the address {text!r} starts with {text[:3]!r}; expected 'nd' and one of {', '.join(KINDS)}"
        )
    raw = base32_decode(address)
    body, checksum = raw[:-_CHECKSUM_BYTES], raw[-_CHECKSUM_BYTES:]
    # The last bit of the header belongs to no letter; as it is not in the text of the three, it must be 0.
    if _checksum(body) != checksum or body[1] & 1:
        raise InvalidInput(f"the checksum of the address {text!r} does not match; a character is wrong")
    return address


def _checksum(body: bytes) -> bytes:
    return binascii.crc_hqx(body, _CHECKSUM_START).to_bytes(_CHECKSUM_BYTES)
