"""Bytes as base64 in JSON, with one accepted spelling for each value."""

import base64
import binascii
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator


def _decode(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        decoded = base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        decoded = None
    # Writing it again catches the other spellings that base64 has for the same bytes.
    if decoded is None or _encode(decoded) != value:
        raise ValueError("expected base64")
    return decoded


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


Base64 = Annotated[bytes, PlainValidator(_decode), PlainSerializer(_encode)]
"""A pydantic field: bytes in Python, standard base64 with padding in JSON."""
