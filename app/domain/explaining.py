"""Find out which sales a transaction was made of, when only the chain remembers it."""

from collections.abc import Iterator, Sequence

from app.domain.ledger import Sale

_AHEAD = 6
"""A choice stands when so many of the next issuances can be explained after it."""

_MOST_LEFT_OUT = 4
_MOST_TRIES = 200_000
_MOST_SUMS = 1_000_000
"""Sums kept while looking; about 100 MB. Beyond that a person has to look."""


def share_out(quantities_napu: Sequence[int], sales: Sequence[Sale]) -> list[tuple[Sale, ...]] | None:
    """Give each issuance sales that add up to it exactly, none of them twice; None when none are found.

    Args:
        quantities_napu: of the issuances, in the order in which they were made.
        sales: oldest first. An issuance takes the oldest that are known, so theirs are almost always simply the next,
            but for a few that became known late; others of the same sum serve as well, since only it is on the chain.
    """
    shares = []
    left = list(sales)
    for number, quantity in enumerate(quantities_napu):
        share = _lasting_share(left, quantity, quantities_napu[number + 1 : number + 1 + _AHEAD])
        if share is None:
            return None
        shares.append(tuple(left[index] for index in share))
        left = _without(left, share)
    return shares


class _TooManyTries(Exception):
    """The search has taken its time."""


class _Search:
    """Looks for sums, oldest sales first and with as few as possible left out."""

    def __init__(self) -> None:
        self._tries = 0

    def goes_on(self, sales: Sequence[Sale], quantities_napu: Sequence[int]) -> bool:
        """Tell whether these issuances can be explained one after the other."""
        if not quantities_napu:
            return True
        shares = self.shares(sales, quantities_napu[0])
        return any(self.goes_on(_without(sales, share), quantities_napu[1:]) for share in shares)

    def shares(self, sales: Sequence[Sale], quantity_napu: int) -> Iterator[Sequence[int]]:
        """Yield the indexes of sales with that sum; those that leave out few of the older ones come first."""
        biggest = max((sale.quantity_napu for sale in sales), default=0)
        for count in range(_MOST_LEFT_OUT + 1):
            total = 0
            for end, sale in enumerate(sales):
                total += sale.quantity_napu
                excess = total - quantity_napu
                if excess > count * biggest:
                    break
                if excess >= 0:
                    for left_out in self._picks(sales, end, excess, count):
                        yield [index for index in range(end + 1) if index not in left_out]

    def _picks(self, sales: Sequence[Sale], end: int, total_napu: int, count: int) -> Iterator[tuple[int, ...]]:
        """Yield `count` indexes below `end` of sales with that sum."""
        if count == 0:
            if total_napu == 0:
                yield ()
            return
        for index in range(end):
            self._tries += 1
            if self._tries > _MOST_TRIES:
                raise _TooManyTries
            rest = total_napu - sales[index].quantity_napu
            if rest >= 0:
                for others in self._picks(sales, index, rest, count - 1):
                    yield (*others, index)


def _lasting_share(sales: Sequence[Sale], quantity_napu: int, ahead: Sequence[int]) -> Sequence[int] | None:
    search = _Search()
    try:
        for share in search.shares(sales, quantity_napu):
            if search.goes_on(_without(sales, share), ahead):
                return share
    except _TooManyTries:
        pass
    return _any_share(sales, quantity_napu)


def _any_share(sales: Sequence[Sale], quantity_napu: int) -> Sequence[int] | None:
    """Return the indexes of any sales with that sum, from as early in the list as can be."""
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


def _way_to(total_napu: int, reached_by: dict[int, int], sales: Sequence[Sale]) -> Sequence[int]:
    way = []
    while total_napu:
        way.append(reached_by[total_napu])
        total_napu -= sales[reached_by[total_napu]].quantity_napu
    return sorted(way)


def _without(sales: Sequence[Sale], share: Sequence[int]) -> list[Sale]:
    taken = set(share)
    return [sale for index, sale in enumerate(sales) if index not in taken]
