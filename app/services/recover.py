"""Bring an old copy of the ledger back to the present: explain what was issued by what was sold."""

import logging
from collections.abc import Collection

from app.domain.explaining import share_out
from app.domain.ledger import Lease, Recovery
from app.ports.ledger import Ledger

log = logging.getLogger(__name__)

_MOST_SALES = 100_000


def recover(ledger: Ledger, lease: Lease, recovery: Recovery, exchanges: Collection[str]) -> str:
    """Tie sales to every Issue that was learnt, and end the recovery; return why it cannot be ended yet, or "".

    Call it when the chain and the signer have been asked (`learn_issues`) and no issuance is open. Nothing new may be
    issued before: the sales that wait in an old copy may be issued already.

    Args:
        ledger: the records.
        lease: the issuer's.
        recovery: the one under way.
        exchanges: all that are in use; each must have been read again, or a sale of its could be taken for missing.

    Raises:
        LeaseLost: another issuer took over.
    """
    unread = sorted(set(exchanges) - ledger.recovery.exchanges_done(recovery))
    if unread:
        return f"the ledger is recovering; still to be read: {', '.join(unread)}"
    issuances = ledger.issuances.unexplained()
    if issuances:
        quantities = [issuance.quantity_napu for issuance in issuances]
        sales = ledger.fills.unissued_sales(_MOST_SALES)
        shares = share_out(quantities, sales)
        if shares is None:
            waiting = sum(sale.quantity_napu for sale in sales)
            return (
                f"the ledger is recovering: {sum(quantities)} napu were issued in {len(quantities)} Issues that it had forgotten, and no sales "
                f"add up to them ({waiting} napu wait in all); an unclaimed sell may be missing: `meic sales unclaimed`"
            )
        ledger.issuances.explain(lease, list(zip(issuances, shares, strict=True)))
    ledger.recovery.finish(lease, recovery)
    log.warning("the ledger has recovered; %d Issues were learnt from chain and signer", len(issuances))
    return ""
