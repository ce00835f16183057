"""What one push works with."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.ledger import Lease, Offer, OfferOutcome
from app.domain.orders import Order
from app.domain.showing import WHOLE, Showing
from app.ports.clock import Clock
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger
from app.services.record_fills import record_fills

LEASE_SECONDS = 15.0
"""After a crash the next publisher of this exchange waits this long; renewed before each step that takes time."""


@dataclass(frozen=True, slots=True)
class PublishRules:
    """How one exchange is published to.

    Attributes:
        depth: levels shown.
        placing_grace_seconds: how long an order that was sent may take to appear.
        cancel_limit_seconds: how long to wait for a cancel to be final and its fills to be listed.
        showing: which part of the stack, at what price.
        everywhere_depth: the deepest of all exchanges; only where the levels are shared out.
        currency: of the market; "" is the dollar.
        rate_limit_seconds: how old a rate may be by which new offers are priced.
        is_dry_run: read everything, place and cancel nothing.
    """

    depth: int
    placing_grace_seconds: float
    cancel_limit_seconds: float
    showing: Showing = WHOLE
    everywhere_depth: int = 1
    currency: str = ""
    rate_limit_seconds: float = 300.0
    is_dry_run: bool = False


@dataclass(slots=True)
class Publisher:
    """One exchange, the lease to publish to it, and what was found while doing so."""

    ledger: Ledger
    ots: OrderTrackingSystem
    clock: Clock
    rules: PublishRules
    lease: Lease
    lease_seconds: float
    has_new_sales: bool = False

    def record_fills(self) -> None:
        """Record what was executed since the last reading."""
        if record_fills(self.ledger, self.ots).sales:
            self.has_new_sales = True

    def live_offers(self) -> Sequence[Offer]:
        """Return this exchange's offers that are not known to be final."""
        return self.ledger.offers.live_offers(self.ots.name)

    def open_orders(self) -> Sequence[Order]:
        """Return the exchange's open orders."""
        return self.ots.open_orders()

    def settle(self, outcomes: Sequence[OfferOutcome]) -> None:
        """Store what became of offers."""
        if self.ledger.offers.settle(self.lease, self.ots.name, outcomes):
            self.has_new_sales = True

    def renew(self) -> None:
        """Extend the lease, but only when a good part of it is used up: each renewal is a commit.

        Raises:
            LeaseLost: another publisher took over.
        """
        while (self.lease.expires_at - self.clock.now()).total_seconds() < self.lease_seconds * 2 / 3:
            self.lease = self.ledger.leases.renew(self.lease, self.lease_seconds)
