"""What is used of the exchanges' limits, for people to see: which counts are whose, written beside them in Valkey.

The counts themselves are kept under a hash of the account, which only who holds its key can compute. So whoever counts
says under the exchange's name, too, where its counts are and which limits it keeps.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import redis

from app.domain.errors import InvalidInput, Unavailable
from exchanges.call_budget import Counted, Window
from exchanges.sliding_windows import SLICES, identity, slice_us

LIFETIME_SECONDS = 600
"""An exchange that nobody has called for so long has no entry."""

REPEAT_SECONDS = 60.0
"""How often whoever counts says so again."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What is used of one limit now.

    Attributes:
        used: of `window.limit`; what is above `window.ordinary_limit` is kept for cancels.
    """

    window: Window
    used: int


@dataclass(frozen=True, slots=True)
class Usages:
    """What is used of all limits of an exchange's account.

    Attributes:
        stopped_seconds: for how much longer nobody calls, because the exchange asked for it; 0 when it did not.
    """

    usages: tuple[Usage, ...]
    stopped_seconds: float


def entry_key(name: str) -> str:
    """Return where an exchange's entry is."""
    return f"meic:usage:{name}"


def entry(counts_key: str, windows: Sequence[Window]) -> str:
    """Return what is written there: where the counts are, and the limits. It holds no secret."""
    limits = [[each.limit, each.seconds, str(each.counted), each.reserved] for each in windows]
    return json.dumps({"key": counts_key, "windows": limits})


def read_usages(url: str, names: Sequence[str], *, answer_seconds: float) -> Mapping[str, Usages]:
    """Return what is used, for those exchanges that somebody has called lately; counts nothing itself.

    Raises:
        Unavailable: Valkey does not answer.
    """
    if not names:
        return {}
    client = redis.Redis.from_url(url, socket_timeout=answer_seconds, socket_connect_timeout=answer_seconds, retry=None)
    try:
        texts = cast("list[bytes | None]", client.mget([entry_key(name) for name in names]))
        entries = {name: read for name, text in zip(names, texts, strict=True) if text and (read := _read(text))}
        return {name: _counted(client, key, windows) for name, (key, windows) in entries.items()}
    except redis.RedisError as error:
        raise Unavailable(f"what is used of the limits cannot be read: {type(error).__name__}") from error
    finally:
        client.close()


def _read(text: bytes) -> tuple[str, tuple[Window, ...]] | None:
    try:
        fields: Any = json.loads(text)
        windows = (Window(limit, seconds, Counted(what), kept) for limit, seconds, what, kept in fields["windows"])
        return str(fields["key"]), tuple(windows)
    except (ValueError, TypeError, KeyError, InvalidInput):
        return None  # of another release: as good as none


def _counted(client: redis.Redis, key: str, windows: Sequence[Window]) -> Usages:
    seconds, microseconds = client.time()
    now_us = seconds * 1_000_000 + microseconds
    counts = cast("dict[bytes, bytes]", client.hgetall(key))
    numbers = {name.decode(): int(value) for name, value in counts.items()}
    stops = [until - now_us for name, until in numbers.items() if name.startswith("stop/")]
    return Usages(
        tuple(Usage(window, _used(numbers, window, now_us)) for window in windows),
        max([0, *stops]) / 1_000_000,
    )


def _used(numbers: Mapping[str, int], window: Window, now_us: int) -> int:
    slice_ = slice_us(window)
    begins, oldest = f"w/{identity(window)}:{slice_}:", now_us // slice_ - SLICES
    return sum(
        count for name, count in numbers.items() if name.startswith(begins) and int(name.removeprefix(begins)) >= oldest
    )
