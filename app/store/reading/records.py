"""The ledger as the console reads it: lists in pages, what is under way, and single stories; it writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from app.domain.ledger import AuditEvent
from app.store.database import Database
from app.store.reading.days import read_basis, read_day_totals, read_raised
from app.store.reading.events import event_kinds, events_after, newest_event
from app.store.reading.exchanges import read_exchanges
from app.store.reading.filters import EventFilter, IssuanceFilter, OfferFilter, SaleFilter
from app.store.reading.glances import DayTotal, ExchangeRow, PipelineStep, Raised
from app.store.reading.lists import EVENTS, ISSUANCES, OFFERS, SALES
from app.store.reading.pages import Page, checked_limit, is_storable
from app.store.reading.pipeline import read_pipeline
from app.store.reading.rows import IssuanceRow, OfferRow, SaleRow
from app.store.reading.stories import read_story
from app.store.reading.story_parts import Story


class Records:
    """Reads of the ledger that stay quick at a million fills. Safe for threads.

    Lists go newest first, 1 to 500 rows a page; `after` is the `next` of the page before. Each `every_...` yields the
    whole list in the same order, in constant memory; what is recorded meanwhile is newer than its beginning and not in it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def sales(self, wanted: SaleFilter | None = None, *, after: str | None = None, limit: int = 50) -> Page[SaleRow]:
        """Return fills by the time they were recorded.

        Raises:
            InvalidInput: the bookmark or the limit is wrong.
        """
        return SALES.page(self._database, wanted or SaleFilter(), after, limit)

    def every_sale(self, wanted: SaleFilter | None = None) -> Iterator[SaleRow]:
        """Yield all of them."""
        return SALES.every(self._database, wanted or SaleFilter())

    def issuances(
        self, wanted: IssuanceFilter | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[IssuanceRow]:
        """Return issuances by the time they were prepared.

        Raises:
            InvalidInput: the bookmark or the limit is wrong.
        """
        return ISSUANCES.page(self._database, wanted or IssuanceFilter(), after, limit)

    def every_issuance(self, wanted: IssuanceFilter | None = None) -> Iterator[IssuanceRow]:
        """Yield all of them."""
        return ISSUANCES.every(self._database, wanted or IssuanceFilter())

    def offers(self, wanted: OfferFilter | None = None, *, after: str | None = None, limit: int = 50) -> Page[OfferRow]:
        """Return offers by the time they were intended.

        Raises:
            InvalidInput: the bookmark or the limit is wrong.
        """
        return OFFERS.page(self._database, wanted or OfferFilter(), after, limit)

    def every_offer(self, wanted: OfferFilter | None = None) -> Iterator[OfferRow]:
        """Yield all of them."""
        return OFFERS.every(self._database, wanted or OfferFilter())

    def events(
        self, wanted: EventFilter | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[AuditEvent]:
        """Return events by their number.

        Raises:
            InvalidInput: the bookmark or the limit is wrong.
        """
        return EVENTS.page(self._database, wanted or EventFilter(), after, limit)

    def every_event(self, wanted: EventFilter | None = None) -> Iterator[AuditEvent]:
        """Yield all of them."""
        return EVENTS.every(self._database, wanted or EventFilter())

    def event_kinds(self) -> Sequence[str]:
        """Return the kinds of events that there are, by name."""
        with self._database.read() as connection:
            return event_kinds(connection)

    def newest_event(self) -> int:
        """Return the number of the newest event, 0 before the first; cheap enough for several times a second."""
        with self._database.read() as connection:
            return newest_event(connection)

    def events_after(self, number: int, limit: int) -> Sequence[AuditEvent]:
        """Return the events after a number, oldest first; at most 1 to 500."""
        with self._database.read() as connection:
            return events_after(connection, number, checked_limit(limit))

    def story(self, exchange: str, fill_id: str) -> Story | None:
        """Return everything about one fill; None when the ledger has none of that id."""
        if not (is_storable(exchange) and is_storable(fill_id)):
            return None
        with self._database.snapshot() as connection:
            return read_story(connection, exchange, fill_id)

    def pipeline(self, now: datetime) -> tuple[PipelineStep, ...]:
        """Return what waits at each step, in their order, at one moment."""
        with self._database.snapshot() as connection:
            return read_pipeline(connection, now)

    def exchanges(self) -> tuple[ExchangeRow, ...]:
        """Return every exchange that something was recorded or decided for, by name, at one moment."""
        with self._database.snapshot() as connection:
            return read_exchanges(connection)

    def day_totals(self, since_day: date) -> tuple[DayTotal, ...]:
        """Return what each exchange sold on each day from that one on, by day and name; days without a sale are left out."""
        with self._database.read() as connection:
            return read_day_totals(connection, since_day)

    def money_raised(self) -> Mapping[str, Raised]:
        """Return what each exchange sold, by its name."""
        with self._database.read() as connection:
            return read_raised(connection)

    def basis_napu(self) -> int | None:
        """Return the amount that the target price stands on; None before the first decision."""
        with self._database.snapshot() as connection:
            return read_basis(connection)
