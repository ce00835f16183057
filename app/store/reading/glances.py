"""What the console's overview shows of the ledger."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.domain.halts import Halt
from app.domain.health import ExchangeHealth
from app.domain.ledger import Offer, Publication
from app.domain.money import NAPU_PER_NDAU


class Step(StrEnum):
    """Where something stands on its way from a fill to offers that follow it."""

    SEEN = "seen"
    """Unclaimed sells: a person decides what they are. Counted in fills."""

    RECORDED = "recorded"
    """Sales in no issuance yet. Counted in sales."""

    PREPARED = "prepared"
    """Sales in an issuance that is not signed."""

    SIGNED = "signed"
    """Sales in an issuance that was not sent yet."""

    SUBMITTED = "submitted"
    """Sales in an issuance that may have reached the chain."""

    PARKED = "parked"
    """Sales in an issuance that chain or signer refused: it waits for a person."""

    ISSUED = "issued"
    """What came into a block since 00:00 UTC. Counted in issuances."""

    PUBLISHED = "published"
    """Exchanges that do not show the newest offers. Counted in exchanges."""


@dataclass(frozen=True, slots=True)
class PipelineStep:
    """What waits at a step; at `issued`, what is through.

    Attributes:
        count: of what, the step says.
        quantity_napu: 0 where it is about exchanges.
        oldest_at: since when the oldest has waited: executed (seen, recorded), prepared, or decided (published). None when
            nothing waits; always None for `issued`.
    """

    step: Step
    count: int
    quantity_napu: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What one exchange sold on one day.

    Attributes:
        day: of execution, UTC.
        proceeds: sum of quantity x price in napu x nanocents, exact; in the currency of the exchange's market.
    """

    exchange: str
    day: date
    sales: int
    sold_napu: int
    proceeds: int

    @property
    def proceeds_nanocents(self) -> int:
        """The same in nanocents, fractions of one cut off."""
        return self.proceeds // NAPU_PER_NDAU


@dataclass(frozen=True, slots=True)
class Raised:
    """What one exchange sold since the first day; proceeds as those of a day."""

    sales: int
    sold_napu: int
    proceeds: int

    @property
    def proceeds_nanocents(self) -> int:
        """The same in nanocents, fractions of one cut off."""
        return self.proceeds // NAPU_PER_NDAU


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """One exchange as the ledger knows it.

    Attributes:
        publication: what it should show and shows, with the last error; None before the first decision for it.
        live_offers: those that are not final, by rising price.
        health: its last calls failed, or it is down (`down_since`); None while it answers.
        read_at: when its fills were last read; None before the first time.
        sold_napu: all its sales.
        unclaimed: how many sells wait for a person, and
        unclaimed_napu: how much that is.
        halts: in force, for this exchange or for all.
        last_sale_at: when its newest sale was recorded; None before the first.
    """

    exchange: str
    publication: Publication | None
    live_offers: tuple[Offer, ...]
    health: ExchangeHealth | None
    read_at: datetime | None
    sold_napu: int
    unclaimed: int
    unclaimed_napu: int
    halts: tuple[Halt, ...]
    last_sale_at: datetime | None
