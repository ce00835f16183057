"""All records, as one."""

from typing import Protocol

from app.ports.control_ledger import EventLedger, HaltLedger, HealthLedger, LeaseLedger
from app.ports.issuance_ledger import ChainBook, IssuanceLedger, RecoveryLedger
from app.ports.offer_ledger import OfferLedger, RateLedger
from app.ports.sale_ledger import ClaimLedger, FillLedger


class Ledger(Protocol):
    """All records; the truth."""

    @property
    def fills(self) -> FillLedger:
        """Fills and cursors."""
        ...

    @property
    def claims(self) -> ClaimLedger:
        """What operators decided about unclaimed sells."""
        ...

    @property
    def issuances(self) -> IssuanceLedger:
        """Issuances."""
        ...

    @property
    def offers(self) -> OfferLedger:
        """Generations, offers and publications."""
        ...

    @property
    def chain_book(self) -> ChainBook:
        """What is known of the chain."""
        ...

    @property
    def recovery(self) -> RecoveryLedger:
        """Whether it is an old copy."""
        ...

    @property
    def leases(self) -> LeaseLedger:
        """Leases."""
        ...

    @property
    def halts(self) -> HaltLedger:
        """Halts."""
        ...

    @property
    def rates(self) -> RateLedger:
        """What foreign currencies are worth."""
        ...

    @property
    def health(self) -> HealthLedger:
        """Which exchanges do not answer."""
        ...

    @property
    def events(self) -> EventLedger:
        """The audit trail."""
        ...
