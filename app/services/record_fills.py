"""Record what an exchange executed for us."""

import logging
from datetime import timedelta

from app.domain.fills import list_fills
from app.domain.ledger import Recorded
from app.ports.exchanges import OrderTrackingSystem
from app.ports.ledger import Ledger

log = logging.getLogger(__name__)

CLOCK_SKEW = timedelta(minutes=1)
"""The exchange's clock may be behind ours by this much; nothing that old of ours is missed."""


def record_fills(ledger: Ledger, ots: OrderTrackingSystem) -> Recorded:
    """Read an exchange's fills from where the last reading ended, and record them page by page.

    The first reading starts at the first offer we meant to place there: before it no fill can be a sale of ours.
    A crash between two pages costs nothing; the position is stored with the fills it follows.

    Raises:
        Unavailable: the exchange does not answer; what was recorded so far stays.
        AuthenticationFailed: it does not accept our key.
    """
    position = ledger.fills.position(ots.name)
    first = ledger.offers.first_intended_at(ots.name)
    if first is None and (recovery := ledger.recovery.active()):
        first = recovery.since  # An old copy may know nothing of this exchange yet.
    if first is None:
        return Recorded(0, 0, 0)
    new = sales = unclaimed = 0
    for page in ots.read_fills(position, first - CLOCK_SKEW):
        recorded = ledger.fills.record(ots.name, page)
        new, sales, unclaimed = new + recorded.new, sales + recorded.sales, unclaimed + recorded.unclaimed
        if recorded.new:
            _tell(ots.name, recorded)
    return Recorded(new, sales, unclaimed)


def _tell(exchange: str, recorded: Recorded) -> None:
    counts = f"{recorded.new} new fills, {recorded.sales} sales, {recorded.unclaimed} unclaimed"
    fills = list_fills([(exchange, fill_id) for fill_id in recorded.fill_ids])
    log.info("%s: %s: %s", exchange, counts, fills, extra={"exchange": exchange})
