"""The journal's form on disk.

The file is a magic line, then frames. A frame is what one commit wrote: a header and a payload of records, one a line.

    header    length of the payload, CRC-32 of the payload, CRC-32 of the 8 bytes before (three big-endian uint32)

The header has a check of its own, so that a damaged length cannot pass for a write that was cut short.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from venue.errors import JournalDamaged

MAGIC = b"venue journal 1\n"

_HEADER = struct.Struct(">III")
_HEADER_CHECKED_BYTES = 8


class Frame(NamedTuple):
    """One commit: its records, and the offset of the byte after it."""

    records: list[bytes]
    end: int


def framed(records: Sequence[bytes]) -> bytes:
    """Return records, none of which holds a newline, as one frame."""
    payload = b"\n".join(records)
    header = struct.pack(">II", len(payload), zlib.crc32(payload))
    return header + struct.pack(">I", zlib.crc32(header)) + payload


def frames(file: BinaryIO) -> Iterator[Frame]:
    """Yield the frames of a journal, stopping before a last frame whose write was cut short.

    A frame is told only after all of it is on the disk, so one that is cut short was never told: it may be dropped.
    That is one whose bytes are missing at the end, or are zeros to the end (the file grew and the data did not
    arrive), or a last one whose payload does not match its check.

    Raises:
        JournalDamaged: bytes before the last frame are not what was written.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise JournalDamaged("byte 0: this is not a venue's journal of version 1")
    offset = len(MAGIC)
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
        length, payload_check, header_check = _HEADER.unpack(header)
        if zlib.crc32(header[:_HEADER_CHECKED_BYTES]) != header_check:
            if not any(header) and _only_zeros_follow(file):
                return
            raise JournalDamaged(f"byte {offset}: the header of a frame does not match its check")
        payload = file.read(length)
        if len(payload) < length:
            return
        if zlib.crc32(payload) != payload_check:
            if not file.read(1):
                return
            raise JournalDamaged(f"byte {offset + _HEADER.size}: the payload of a frame does not match its check")
        offset += _HEADER.size + length
        yield Frame(payload.split(b"\n"), offset)


def _only_zeros_follow(file: BinaryIO) -> bool:
    return not any(any(chunk) for chunk in iter(lambda: file.read(1 << 20), b""))
