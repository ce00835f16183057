"""The ledger's lists: what each is read by, page by page or whole."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection

from app.domain.ledger import AuditEvent
from app.store.database import Database
from app.store.reading import events, issuances, offers, sales
from app.store.reading.checking import check_filter
from app.store.reading.filters import EventFilter, IssuanceFilter, OfferFilter, SaleFilter
from app.store.reading.pages import Mark, Page, bookmark, checked_limit, read_bookmark
from app.store.reading.rows import IssuanceRow, OfferRow, SaleRow

_FilterT = TypeVar("_FilterT", SaleFilter, IssuanceFilter, OfferFilter, EventFilter)
_RowT = TypeVar("_RowT")

_AT_A_TIME = 2_000
"""Rows in memory of a whole list; each such part is a read of its own, so that no long one keeps the database from
tidying up."""


@dataclass(frozen=True, slots=True)
class RecordList(Generic[_FilterT, _RowT]):
    """One list.

    Attributes:
        name: in its bookmarks.
        ordered_by: the types of what its rows are ordered by.
        read: gives the newest rows before a mark, at most so many.
        mark: what a row is ordered by.
    """

    name: str
    ordered_by: Sequence[type[datetime | int | str]]
    read: Callable[[Connection, _FilterT, Mark | None, int], list[_RowT]]
    mark: Callable[[_RowT], Mark]

    def page(self, database: Database, wanted: _FilterT, after: str | None, limit: int) -> Page[_RowT]:
        """Return the page after a bookmark.

        Raises:
            InvalidInput: the bookmark, the limit or a value of the filter is wrong.
        """
        checked_limit(limit)
        check_filter(wanted)
        before = None if after is None else read_bookmark(self.name, after, self.ordered_by)
        with database.snapshot() as connection:
            rows = self.read(connection, wanted, before, limit + 1)
        following = bookmark(self.name, self.mark(rows[limit - 1])) if len(rows) > limit else None
        return Page(tuple(rows[:limit]), following)

    def every(self, database: Database, wanted: _FilterT) -> Iterator[_RowT]:
        """Yield the whole list.

        Raises:
            InvalidInput: a value of the filter is wrong; before the first row.
        """
        check_filter(wanted)
        return self._every(database, wanted)

    def _every(self, database: Database, wanted: _FilterT) -> Iterator[_RowT]:
        before = None
        while True:
            with database.snapshot() as connection:
                rows = self.read(connection, wanted, before, _AT_A_TIME)
            yield from rows
            if len(rows) < _AT_A_TIME:
                return
            before = self.mark(rows[-1])


SALES: RecordList[SaleFilter, SaleRow] = RecordList(sales.NAME, sales.ORDERED_BY, sales.read_sales, sales.mark_sale)
ISSUANCES: RecordList[IssuanceFilter, IssuanceRow] = RecordList(
    issuances.NAME, issuances.ORDERED_BY, issuances.read_issuances, issuances.mark_issuance
)
OFFERS: RecordList[OfferFilter, OfferRow] = RecordList(
    offers.NAME, offers.ORDERED_BY, offers.read_offers, offers.mark_offer
)
EVENTS: RecordList[EventFilter, AuditEvent] = RecordList(
    events.NAME, events.ORDERED_BY, events.read_events, events.mark_event
)
