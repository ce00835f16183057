"""What of the ledger is to be listed; None, or nothing named, means everything."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.fills import FillKind
from app.domain.issuances import IssuanceState
from app.domain.ledger import OfferState


@dataclass(frozen=True, slots=True)
class SaleFilter:
    """Which fills.

    Attributes:
        is_issued: sales that are in a block, or (False) sales that are not yet; with either, fills of other kinds are left out.
        since: recorded at this time or later.
        until: recorded before this time.
        order_id: the exchange's.
    """

    exchange: str | None = None
    kind: FillKind | None = None
    is_issued: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    order_id: str | None = None
    fill_id: str | None = None
    issuance_id: int | None = None


@dataclass(frozen=True, slots=True)
class IssuanceFilter:
    """Which issuances; since (inclusive) and until (exclusive) are of the time they were prepared."""

    state: IssuanceState | None = None
    since: datetime | None = None
    until: datetime | None = None
    sequence: int | None = None
    tx_hash: str | None = None


@dataclass(frozen=True, slots=True)
class OfferFilter:
    """Which offers; since (inclusive) and until (exclusive) are of the time they were intended."""

    exchange: str | None = None
    state: OfferState | None = None
    generation: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events.

    Attributes:
        kinds: any of these; none means every kind.
        subject: exactly this; an exchange, or the number of an issuance or generation.
        since: of this time or later.
        until: before this time.
    """

    kinds: tuple[str, ...] = ()
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
