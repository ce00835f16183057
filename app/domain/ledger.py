"""Records of the ledger, as the services see them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.offers import Level, Stack


@dataclass(frozen=True, slots=True)
class Sale:
    """A target price sale that waits for its issuance."""

    exchange: str
    fill_id: str
    quantity_napu: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording a page of fills changed; fills known before are not counted.

    Attributes:
        fill_ids: the exchange's ids of the new ones; only of one page.
    """

    new: int
    sales: int
    unclaimed: int
    fill_ids: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class SaleTotals:
    """All sales, in napu: how much was ever sold, how much of it is issued, how much is in an open issuance."""

    sold_napu: int
    issued_napu: int
    in_flight_napu: int

    @property
    def waiting_napu(self) -> int:
        """Sold but not known to be issued."""
        return self.sold_napu - self.issued_napu


class OfferState(StrEnum):
    """Where one of our offers stands."""

    INTENDED = "intended"
    """Committed before it was sent; until its order is seen, its outcome is unknown."""

    OPEN = "open"
    """The exchange's order id is known."""

    CLOSING = "closing"
    """Its cancel was asked for and is not known to be final."""

    CLOSED = "closed"
    """Filled or cancelled. Final."""

    REFUSED = "refused"
    """The exchange refused it. Final."""

    LOST = "lost"
    """It was sent and never seen within the time in which it could appear; should it appear after all, it is ours."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer of ours on one exchange.

    Attributes:
        level: price in the market's currency.
        target_nanocents: the target price, in dollars, of the dearest tokens in it; None where it was not recorded.
    """

    client_order_id: str
    exchange: str
    level: Level
    generation: int
    exchange_order_id: str | None
    state: OfferState
    filled_napu: int
    intended_at: datetime
    target_nanocents: int | None = None


@dataclass(frozen=True, slots=True)
class OfferOutcome:
    """What became of an offer; None leaves its order id as it is. What it sold is counted by its fills alone."""

    client_order_id: str
    state: OfferState
    exchange_order_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """A decision about to be stored.

    Attributes:
        issued_napu: the chain's total when it was decided.
        pending_napu: sold and not in that total.
        sold_napu: all sales recorded at that moment; later sales are what `sold_napu` has grown by.
        stack: the deepest stack any exchange asks for; each shows its first levels.
        exchanges: those that should show it.
    """

    issued_napu: int
    pending_napu: int
    sold_napu: int
    foreign_napu: int
    stack: Stack
    why: str
    exchanges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Generation:
    """One decision of what to offer."""

    number: int
    issued_napu: int
    pending_napu: int
    sold_napu: int
    foreign_napu: int
    stack: Stack
    why: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """What one exchange should show and what it shows.

    Attributes:
        wanted: the generation it should show; None before the first.
        shown: the generation it shows; None before the first.
    """

    exchange: str
    wanted: int | None
    shown: int | None
    shown_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """How far the ledger knows the issuer's account on the chain.

    Attributes:
        address: of the account whose keys sign Issue transactions.
        first_sequence: where it stood when the ledger first saw it; what was issued by then is one sum.
        known_sequence: every Issue with this sequence or a lower one is in the ledger, as ours or as foreign.
        gap_since: since when the account has been further than the index shows Issues; None when it is not.
    """

    address: str
    first_sequence: int
    known_sequence: int
    gap_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """The ledger is an old copy; until it has learnt again what it forgot, nothing is issued or published.

    Attributes:
        since: what happened after this time may be forgotten.
        begun_at: when it was noticed, or the copy put in place.
    """

    id: int
    since: datetime
    begun_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do something alone, until it expires or is taken over.

    `epoch` grows with every new holder; writes made under a lease carry it, so that those of an old holder fail.
    """

    name: str
    holder: str
    epoch: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One row of the audit trail; `hash` covers the row and the hash of the row before it."""

    number: int
    at: datetime
    kind: str
    subject: str
    detail: str
    previous_hash: str
    hash: str
