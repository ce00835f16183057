"""How far an account's trades have been read: a bookmark that holds even where times repeat and trades come late."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.domain.errors import InvalidInput
from exchanges.milliseconds import milliseconds_of
from exchanges.server_clock import MAX_OFFSET

LATE_MS = 300_000
"""A trade may appear in the list this long after newer ones did, and is still found."""

_MOST_SEEN = 1000


class Listed(Protocol):
    """One of an account's trades as its exchange lists it."""

    @property
    def trade_id(self) -> str:
        """No other trade of the account has it."""
        ...

    @property
    def time_ms(self) -> int:
        """When it was executed, milliseconds since 1970 by the exchange's clock."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """Every trade before `from_ms` has been read; of those at or after it, exactly the `seen` ones.

    The last known trade alone would not do: others may share its time, ids need not rise with time, and it may be
    gone from the exchange's history.

    Attributes:
        from_ms: milliseconds since 1970, by the exchange's clock.
        seen: trade ids with their times.
    """

    from_ms: int
    seen: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def at(cls, since: datetime) -> "Position":
        """Return the position to start at; a little earlier, as the clocks may differ."""
        return cls(milliseconds_of(since - MAX_OFFSET))

    @classmethod
    def decode(cls, text: str) -> "Position":
        """Read what `encode` wrote.

        Raises:
            InvalidInput: another exchange wrote it.
        """
        try:
            fields = json.loads(text)
            from_ms = int(fields["from"])
            return cls(from_ms, {str(trade_id): from_ms + int(after) for trade_id, after in fields["seen"].items()})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(
                f"position {text[:80]!r} is none of this exchange's; expected one that its driver returned"
            ) from error

    def encode(self) -> str:
        """Write the position as text, for the ledger."""
        seen = {trade_id: time_ms - self.from_ms for trade_id, time_ms in self.seen.items()}
        return json.dumps({"from": self.from_ms, "seen": seen}, separators=(",", ":"))

    def is_new(self, trade: Listed) -> bool:
        """Tell whether a trade is still to be read."""
        return trade.time_ms >= self.from_ms and trade.trade_id not in self.seen

    def after(self, trades: Sequence[Listed]) -> "Position":
        """Return the position after reading some more, oldest first; those still to come must not be older."""
        newest_ms = trades[-1].time_ms
        seen = {**self.seen, **{trade.trade_id: trade.time_ms for trade in trades}}
        from_ms = max(self.from_ms, newest_ms - LATE_MS)
        if len(seen) > _MOST_SEEN:
            # In a rush fewer late ones can be waited for. Never beyond the newest, whose time others may share.
            from_ms = max(from_ms, min(newest_ms, sorted(seen.values())[-_MOST_SEEN]))
        return Position(from_ms, {trade_id: ms for trade_id, ms in seen.items() if ms >= from_ms})
