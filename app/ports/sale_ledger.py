"""The records of sales: fills, and what operators decided about some."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.claims import Claimed
from app.domain.fills import Fill, FillKind, FillPage
from app.domain.ledger import Recorded, Sale, SaleTotals


class FillLedger(Protocol):
    """Fills, and how far each exchange's have been read."""

    def position(self, exchange: str) -> str | None:
        """Return the position stored by the last `record`, or None before the first."""
        ...

    def record(self, exchange: str, page: FillPage) -> Recorded:
        """Store a page's fills, those already known left as they are, and move the position; one transaction."""
        ...

    def unissued_sales(self, limit: int, *, besides: Collection[str] = ()) -> Sequence[Sale]:
        """Return the oldest sales that are in no issuance."""
        ...

    def executed_since(self, exchange: str, since: datetime) -> Iterator[tuple[Fill, FillKind]]:
        """Yield an exchange's fills executed at or after a time."""
        ...

    def unclaimed_napu(self, exchange: str) -> int:
        """Return the sum of an exchange's unclaimed sells."""
        ...

    def unclaimed_orders(self, exchange: str) -> Sequence[str]:
        """Return the exchange's ids of the orders that unclaimed sells belong to."""
        ...

    def totals(self) -> SaleTotals:
        """Return what was sold and what of it is issued, all exchanges together, at one moment."""
        ...

    def count_issued(self) -> int:
        """Return how many sales are in an issuance that is in a block."""
        ...

    def recent(self, limit: int) -> Sequence[tuple[str, Fill, str]]:
        """Return the newest fills as (exchange, fill, kind)."""
        ...


class ClaimLedger(Protocol):
    """Sells on our accounts that are none of our offers, and what operators decided about them."""

    def unclaimed(self, limit: int) -> Sequence[tuple[str, Fill]]:
        """Return the oldest that wait for an operator, as (exchange, fill)."""
        ...

    def claim(self, exchange: str, fill_ids: Sequence[str], *, who: str, why: str) -> Claimed:
        """Make them sales, dismissed ones too, in one transaction.

        Raises:
            InvalidInput: one of them cannot be claimed; nothing was written.
        """
        ...

    def dismiss(self, exchange: str, fill_ids: Sequence[str], *, who: str, why: str) -> Claimed:
        """Make them no sales, claimed ones too, in one transaction.

        Raises:
            InvalidInput: one of them cannot be dismissed, or the price would fall; nothing was written.
        """
        ...
