"""Decide what sells on our accounts are that are none of our offers."""

from collections.abc import Sequence

from app.domain.claims import Claimed
from app.domain.errors import InvalidInput
from app.domain.reasons import checked_reason, is_text
from app.ports.ledger import Ledger


def claim_sales(ledger: Ledger, exchange: str, fill_ids: Sequence[str], *, who: str, why: str) -> Claimed:
    """Make sells target price sales: they are issued like any other, and move the price.

    Those claimed before stay as they are; those dismissed before are claimed after all.

    Raises:
        InvalidInput: one is unknown, a buy, or a sale of our own offers, or the reason is empty; nothing was done.
    """
    return ledger.claims.claim(exchange, _checked(fill_ids), who=who, why=checked_reason(why))


def dismiss_sales(ledger: Ledger, exchange: str, fill_ids: Sequence[str], *, who: str, why: str) -> Claimed:
    """Say that sells are no target price sales: they are not issued.

    Those dismissed before stay as they are; those claimed before can be dismissed while they are in no issuance and
    while the price does not fall by it. Should the order of one later prove to be ours, it becomes a sale all the same.

    Raises:
        InvalidInput: as for a claim, or one is in an issuance, or the price would fall; nothing was done.
    """
    return ledger.claims.dismiss(exchange, _checked(fill_ids), who=who, why=checked_reason(why))


def _checked(fill_ids: Sequence[str]) -> Sequence[str]:
    if not all(map(is_text, fill_ids)):
        raise InvalidInput("a fill id is no text; expected those that `meic sales unclaimed` lists")
    return tuple(dict.fromkeys(fill_ids))
