"""The records of what is on offer, and of the rates it is priced by."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.ledger import Generation, Lease, NewGeneration, Offer, OfferOutcome, Publication
from app.domain.orders import Order
from app.domain.rates import Rate
from app.domain.showing import OnOffer, ShownLevel


class OfferLedger(Protocol):
    """What was decided, what was placed, and what each exchange shows."""

    def decide(self, generation: NewGeneration, *, newest_known: int | None = None) -> Generation:
        """Store a generation under the next number and make every listed exchange's publication want it.

        `newest_known` is the newest number when it was computed, 0 for none; raises Overtaken when there is a newer
        one by now. None stores it whatever there is.
        """
        ...

    def generation(self, number: int | None = None) -> Generation | None:
        """Return a generation, by default the newest; None when there is none."""
        ...

    def generation_at(self, moment: datetime) -> Generation | None:
        """Return the generation that was the newest at a time, or the first one when there was none yet."""
        ...

    def live_offers(self, exchange: str) -> Sequence[Offer]:
        """Return the exchange's offers that are not known to be final, oldest first."""
        ...

    def lost_offers(self, exchange: str, since: datetime) -> Sequence[Offer]:
        """Return offers given up since then without the exchange's order ever being seen."""
        ...

    def known_order_ids(self, exchange: str, exchange_order_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the exchange's order ids that belong to an offer of ours."""
        ...

    def first_intended_at(self, exchange: str) -> datetime | None:
        """Return when the exchange's first offer was intended, or None before it."""
        ...

    def adopt(self, lease: Lease, exchange: str, orders: Sequence[Order]) -> int:
        """Store forgotten orders of ours as offers; their unclaimed sells become sales: return their sum in napu."""
        ...

    def intend(
        self,
        lease: Lease,
        exchange: str,
        *,
        generation: int,
        levels: Sequence[ShownLevel],
        fit: Callable[[OnOffer], Sequence[ShownLevel]] | None = None,
    ) -> Sequence[Offer]:
        """Store offers, each under a new client order id, BEFORE they are placed.

        `fit` reduces them to what all exchanges together leave room for; it is asked in the transaction that stores
        them, and no other offer is stored, and no sale recorded, between its answer and the commit.
        """
        ...

    def settle(self, lease: Lease, exchange: str, outcomes: Sequence[OfferOutcome]) -> int:
        """Store what became of offers; unclaimed sells of an order id that arrives become sales: return their sum."""
        ...

    def publications(self) -> Sequence[Publication]:
        """Return what each exchange should show and shows."""
        ...

    def published(self, exchange: str, generation: int | None, error: str) -> None:
        """Store that an exchange shows a generation, or (with None) why it does not; never goes back to an older."""
        ...


class RateLedger(Protocol):
    """What foreign currencies are worth."""

    def find(self, currency: str) -> Rate | None:
        """Return a currency's rate, or None when nobody has ever said."""
        ...

    def all(self) -> Sequence[Rate]:
        """Return every rate, by currency."""
        ...

    def store(self, rate: Rate, *, why: str = "") -> None:
        """Store a rate; an event tells when what the currency counts for changes, or when somebody said why."""
        ...
