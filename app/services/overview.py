"""What an operator sees first."""

from dataclasses import dataclass

from app.domain.fills import Fill
from app.domain.halts import Halt
from app.domain.health import ExchangeHealth
from app.domain.issuances import Issuance
from app.domain.ledger import Generation, Offer, OfferState, Publication, SaleTotals
from app.domain.price_curve import target_price
from app.domain.supply import basis_of
from app.ports.ledger import Ledger


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """One exchange: what it should show, what it shows, and our offers there that are not final."""

    publication: Publication
    offers: tuple[Offer, ...]

    @property
    def is_current(self) -> bool:
        """Whether it shows the newest decision and nothing went wrong since."""
        return self.publication.shown == self.publication.wanted and not self.publication.error


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything at one glance, from the ledger alone: it answers while the chain and the exchanges do not.

    Attributes:
        generation: the newest decision, None before the first.
        open_issuance: the issuance under way, None when none is.
        sales: newest fills as (exchange, fill, kind).
        down: the exchanges that do not answer and are not asked.
    """

    generation: Generation | None
    totals: SaleTotals
    open_issuance: Issuance | None
    exchanges: tuple[ExchangeView, ...]
    sales: tuple[tuple[str, Fill, str], ...]
    issuances: tuple[Issuance, ...]
    halts: tuple[Halt, ...]
    down: tuple[ExchangeHealth, ...] = ()

    @property
    def basis_napu(self) -> int | None:
        """Everything issued or sold, which the price stands on; None before the first decision."""
        newest = self.generation
        if newest is None:
            return None
        return basis_of(
            chain_issued_napu=newest.issued_napu, foreign_napu=newest.foreign_napu, sold_napu=self.totals.sold_napu
        )

    @property
    def price_nanocents(self) -> int | None:
        """The target price of the next token; None before the first decision."""
        return None if self.basis_napu is None else target_price(self.basis_napu)

    @property
    def is_settled(self) -> bool:
        """Whether all sales are issued and every exchange shows the newest offers."""
        return self.totals.waiting_napu == 0 and all(exchange.is_current for exchange in self.exchanges)


def overview(ledger: Ledger, limit: int = 5) -> Overview:
    """Read the overview, with the newest `limit` sales and issuances."""
    exchanges = (
        ExchangeView(publication, tuple(_shown(ledger, publication.exchange)))
        for publication in ledger.offers.publications()
    )
    return Overview(
        generation=ledger.offers.generation(),
        totals=ledger.fills.totals(),
        open_issuance=ledger.issuances.open(),
        exchanges=tuple(exchanges),
        sales=tuple(ledger.fills.recent(limit)),
        issuances=tuple(ledger.issuances.recent(limit)),
        halts=tuple(ledger.halts.active()),
        down=tuple(each for each in ledger.health.ailing() if each.down_since is not None),
    )


def _shown(ledger: Ledger, exchange: str) -> list[Offer]:
    offers = [offer for offer in ledger.offers.live_offers(exchange) if offer.state is not OfferState.INTENDED]
    return sorted(offers, key=lambda offer: (offer.level.price_nanocents, offer.intended_at))
