"""Every list against all of its rows, sifted and sorted in Python."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import product
from typing import Any, TypeVar

import pytest
from sqlalchemy import Table, select

from app.domain.fills import FillKind
from app.domain.issuances import OPEN_STATES, IssuanceState
from app.domain.ledger import OfferState
from app.store import tables
from app.store.database import Database
from app.store.reading.filters import EventFilter, IssuanceFilter, OfferFilter, SaleFilter
from app.store.reading.pages import Page
from app.store.reading.records import Records
from tests.integration.app.store.reading.world import at, fill_the_ledger

RowT = TypeVar("RowT")
Rows = list[dict[str, Any]]

TIMES = ((None, None), (at(3), at(9)), (None, at(2)))


@pytest.fixture
def world(database: Database) -> Database:
    fill_the_ledger(database)
    return database


def rows_of(database: Database, table: Table) -> Rows:
    with database.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def page_by_page(ask: Callable[[str | None], Page[RowT]], limit: int) -> Iterator[RowT]:
    after = None
    while True:
        page = ask(after)
        assert len(page.rows) == limit or page.next is None
        yield from page.rows
        if page.next is None:
            return
        after = page.next


def within(moment: Any, since: Any, until: Any) -> bool:
    return (since is None or moment >= since) and (until is None or moment < until)


def matches(row: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(value is None or row[name] == value for name, value in wanted.items())


def sales_wanted() -> Iterator[SaleFilter]:
    for exchange, kind, is_issued, (since, until) in product(
        (None, "north", "nowhere"), (None, *FillKind), (None, True, False), TIMES
    ):
        yield SaleFilter(exchange=exchange, kind=kind, is_issued=is_issued, since=since, until=until)
    for exchange, is_issued, order_id, issuance_id in product(
        (None, "south"), (None, True, False), (None, "order7"), (None, 5, 30)
    ):
        yield SaleFilter(exchange=exchange, is_issued=is_issued, order_id=order_id, issuance_id=issuance_id)
    for exchange, fill_id in product((None, "north", "south", "east_2"), ("a-3", "B-8", "_17", "none")):
        yield SaleFilter(exchange=exchange, fill_id=fill_id)


def expected_sales(fills: Rows, states: dict[int, str], wanted: SaleFilter) -> list[tuple[str, str]]:
    chosen = []
    exact: dict[str, Any] = {"exchange": wanted.exchange, "kind": wanted.kind, "exchange_order_id": wanted.order_id}
    exact |= {"fill_id": wanted.fill_id, "issuance_id": wanted.issuance_id}
    for row in fills:
        is_issued = states.get(row["issuance_id"]) == IssuanceState.ISSUED if row["kind"] == FillKind.SALE else None
        is_in_time = within(row["recorded_at"], wanted.since, wanted.until)
        if matches(row, exact) and is_in_time and wanted.is_issued in (None, is_issued):
            chosen.append(row)
    chosen.sort(key=lambda row: (row["recorded_at"], row["executed_at"], row["exchange"], row["fill_id"]), reverse=True)
    return [(row["exchange"], row["fill_id"]) for row in chosen]


def test_every_choice_of_sales_gives_exactly_those_in_order_on_pages_of_any_size(world: Database) -> None:
    records, fills = Records(world), rows_of(world, tables.fill)
    states = {row["id"]: row["state"] for row in rows_of(world, tables.issuance)}
    for number, wanted in enumerate(sales_wanted()):
        limit = (50, 500, 11)[number % 3]
        expected = expected_sales(fills, states, wanted)
        rows = list(page_by_page(lambda after: records.sales(wanted, after=after, limit=limit), limit))  # noqa: B023
        assert [(row.exchange, row.fill_id) for row in rows] == expected, wanted
        assert all(row.issuance_state == states.get(row.issuance_id or 0) for row in rows)


def test_every_choice_of_offers_gives_exactly_those_in_order(world: Database) -> None:
    records, offers = Records(world), rows_of(world, tables.offer)
    offers.sort(key=lambda row: (row["intended_at"], row["client_order_id"]), reverse=True)
    for exchange, state, generation, (since, until) in product(
        (None, "north", "nowhere"), (None, *OfferState), (None, 7, 999), TIMES
    ):
        wanted = OfferFilter(exchange, state, generation, since, until)
        exact = {"exchange": exchange, "state": state, "generation": generation}
        expected = [
            row["client_order_id"] for row in offers if matches(row, exact) and within(row["intended_at"], since, until)
        ]
        rows = page_by_page(lambda after: records.offers(wanted, after=after, limit=20), 20)  # noqa: B023
        assert [row.client_order_id for row in rows] == expected, wanted


def test_every_choice_of_issuances_gives_exactly_those_in_order(world: Database) -> None:
    records, issuances = Records(world), rows_of(world, tables.issuance)
    issuances.sort(key=lambda row: (row["prepared_at"], row["id"]), reverse=True)
    for state, sequence, tx_hash, (since, until) in product(
        (None, *IssuanceState), (None, 107, 999), (None, "hash7", "none"), TIMES
    ):
        wanted = IssuanceFilter(state, since, until, sequence, tx_hash)
        exact = {"state": state, "sequence": sequence, "tx_hash": tx_hash}
        expected = [row["id"] for row in issuances if matches(row, exact) and within(row["prepared_at"], since, until)]
        rows = page_by_page(lambda after: records.issuances(wanted, after=after, limit=4), 4)  # noqa: B023
        assert [row.id for row in rows] == expected, wanted


def test_every_choice_of_events_gives_exactly_those_in_order(world: Database) -> None:
    records, events = Records(world), rows_of(world, tables.event)
    events.sort(key=lambda row: row["number"], reverse=True)
    for kinds, subject, (since, until) in product(
        ((), ("Halted",), ("Halted", "IssuanceIssued"), ("None",)), (None, "north", "2", "nobody"), TIMES
    ):
        wanted = EventFilter(kinds, subject, since, until)
        expected = [
            row["number"]
            for row in events
            if matches(row, {"subject": subject})
            and (not kinds or row["kind"] in kinds)
            and within(row["at"], since, until)
        ]
        rows = page_by_page(lambda after: records.events(wanted, after=after, limit=25), 25)  # noqa: B023
        assert [row.number for row in rows] == expected, wanted


def test_a_whole_list_is_what_its_pages_are(world: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.reading.lists._AT_A_TIME", 30)
    records = Records(world)
    sales = SaleFilter(kind=FillKind.SALE)
    assert list(records.every_sale(sales)) == list(records.sales(sales, limit=500).rows)
    assert list(records.every_offer()) == list(records.offers(limit=500).rows)
    assert list(records.every_issuance()) == list(records.issuances(limit=500).rows)
    assert list(records.every_event()) == list(records.events(limit=500).rows)
    assert len(list(records.every_event())) == 300


def test_rows_say_what_the_tables_say(world: Database) -> None:
    records = Records(world)
    offers = {row["client_order_id"]: row for row in rows_of(world, tables.offer)}
    for offer in records.every_offer():
        assert asdict(offer) == offers[offer.client_order_id]
    issuances = {row["id"]: row for row in rows_of(world, tables.issuance)}
    for issuance in records.every_issuance():
        assert asdict(issuance).items() <= issuances[issuance.id].items()
    fills = {(row["exchange"], row["fill_id"]): row for row in rows_of(world, tables.fill)}
    for sale in records.every_sale():
        assert (
            asdict(sale).items() - {("issuance_state", sale.issuance_state)}
            <= fills[sale.exchange, sale.fill_id].items()
        )


def test_the_newest_events_are_found_by_number(world: Database) -> None:
    records = Records(world)
    assert records.newest_event() == 300
    assert [event.number for event in records.events_after(290, 5)] == [291, 292, 293, 294, 295]
    assert list(records.events_after(300, 5)) == []
    assert list(records.event_kinds()) == ["Halted", "IssuanceIssued", "OffersIntended"]


def test_an_empty_ledger_has_empty_lists(database: Database) -> None:
    records = Records(database)
    assert (records.newest_event(), list(records.event_kinds())) == (0, [])
    for ask in (records.sales, records.offers, records.issuances, records.events):
        assert ask() == Page((), None)
    assert records.events(EventFilter(since=at(1), until=at(2))) == Page((), None)
    assert records.sales(SaleFilter(is_issued=False)) == Page((), None)


def test_sales_that_are_not_issued_are_those_that_wait_and_those_in_an_open_issuance(world: Database) -> None:
    waiting = Records(world).sales(SaleFilter(is_issued=False), limit=500).rows
    states = {row.issuance_state for row in waiting}
    assert states == {None, IssuanceState.SUBMITTED}
    assert IssuanceState.SUBMITTED in OPEN_STATES
