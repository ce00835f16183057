"""Find out which sales a transaction was made of, when only the chain remembers it."""

from collections.abc import Sequence
from itertools import accumulate

from app.domain.ledger import Sale

_MOST_SUMS = 1_000_000
"""Sums kept while looking; about 100 MB. Beyond that a person has to look."""


def share_out(quantities_napu: Sequence[int], sales: Sequence[Sale]) -> list[tuple[Sale, ...]] | None:
    """Give each issuance sales that add up to it exactly, none of them twice; None when that cannot be done.

    Args:
        quantities_napu: of the issuances, in the order in which they were made.
        sales: oldest first. An issuance takes the oldest that wait, so theirs are almost always simply the next; where
            a sale became known late, others of the same sum serve as well, since only the sum is on the chain.
    """
    shares = []
    left = list(sales)
    for quantity in quantities_napu:
        share = _with_sum(left, quantity)
        if share is None:
            return None
        shares.append(tuple(left[index] for index in share))
        taken = set(share)
        left = [sale for index, sale in enumerate(left) if index not in taken]
    return shares


def _with_sum(sales: Sequence[Sale], quantity_napu: int) -> list[int] | None:
    """Return the indexes of sales with that sum: the first ones if these fit, else from as early as can be."""
    totals = list(accumulate(sale.quantity_napu for sale in sales))
    if quantity_napu in totals:
        return list(range(totals.index(quantity_napu) + 1))
    reached_by: dict[int, int] = {0: -1}
    for index, sale in enumerate(sales):
        # Each sum remembers the first sale that completed it; all sums before that use earlier sales only.
        new = [total + sale.quantity_napu for total in reached_by if total + sale.quantity_napu <= quantity_napu]
        for total in new:
            reached_by.setdefault(total, index)
        if quantity_napu in reached_by:
            return _way_to(quantity_napu, reached_by, sales)
        if len(reached_by) > _MOST_SUMS:
            return None
    return None


def _way_to(total: int, reached_by: dict[int, int], sales: Sequence[Sale]) -> list[int]:
    way = []
    while total:
        way.append(reached_by[total])
        total -= sales[reached_by[total]].quantity_napu
    return sorted(way)
