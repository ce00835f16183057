"""The parts of a sale's story."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.ledger import AuditEvent, Generation
from app.store.reading.rows import IssuanceRow, OfferRow, SaleRow


@dataclass(frozen=True, slots=True)
class IssuanceStory:
    """A sale's issuance, and when it came into each state.

    Attributes:
        prepared_at: the sale was tied to it.
        signed_at: its signatures were stored; None when that did not happen, or the ledger only learnt of it.
        submitted_at: it was sent for the first time, noted just before; None as above.
        issued_at: it was known to be in a block; None while it is not.
        events: all that is noted about it, oldest first.
    """

    issuance: IssuanceRow
    prepared_at: datetime
    signed_at: datetime | None
    submitted_at: datetime | None
    issued_at: datetime | None
    events: tuple[AuditEvent, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """How an exchange followed a sale.

    Attributes:
        shows_it: whether it shows a decision that knows of the sale; that can be so without a new offer, when those that
            stood there were right.
        offered_at: when the first offer of such a decision was stored, just before it was placed; None while there is none.
        generation: the decision of that offer.
    """

    exchange: str
    shows_it: bool
    offered_at: datetime | None
    generation: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one fill.

    Attributes:
        raw: the exchange's message as received.
        offer: the offer of ours that it filled; None for a fill of none, and for a claimed sale.
        issuance: None while it is in none.
        generation: the first decision after the fill was recorded (or claimed); None before it, and for what is no sale.
        followed: every exchange, by name; empty without a generation.
        decisions: claims and dismissals of this fill, oldest first.
    """

    sale: SaleRow
    raw: str
    offer: OfferRow | None
    issuance: IssuanceStory | None
    generation: Generation | None
    followed: tuple[Followed, ...]
    decisions: tuple[AuditEvent, ...]
