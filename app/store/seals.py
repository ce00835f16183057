"""The seal of recorded fills: it stands in the audit trail, so that no row can be altered, added or removed unnoticed."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

_SEALED = (
    "exchange",
    "fill_id",
    "exchange_order_id",
    "side",
    "price_nanocents",
    "quantity_napu",
    "fee",
    "executed_at",
    "raw",
)
"""What the exchange said; what became of a fill since (its kind, its issuance) has events of its own."""

_SIZE = 1 << 256


def fills_seal(rows: Iterable[Mapping[str, Any]]) -> int:
    """Return the sum of the rows' SHA-256 hashes, modulo 2^256: the same in whatever order they are read."""
    return sum(_hash(row) for row in rows) % _SIZE


def add_seals(*seals: int) -> int:
    """Return the seal of all rows together."""
    return sum(seals) % _SIZE


def seal_text(seal: int) -> str:
    """Return a seal as it stands in an event."""
    return f"{seal:064x}"


def _hash(row: Mapping[str, Any]) -> int:
    values = [row[name].isoformat() if name == "executed_at" else row[name] for name in _SEALED]
    sealed = json.dumps(values, ensure_ascii=False)
    return int.from_bytes(hashlib.sha256(sealed.encode()).digest())
