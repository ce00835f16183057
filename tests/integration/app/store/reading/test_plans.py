"""No read of the console looks at a whole table, whatever is asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.domain.fills import FillKind
from app.domain.issuances import IssuanceState
from app.domain.ledger import OfferState
from app.store.database import Database
from app.store.reading.filters import EventFilter, IssuanceFilter, OfferFilter, SaleFilter
from app.store.reading.records import Records
from tests.integration.app.store.reading.world import START, at, fill_the_ledger

Asked = list[tuple[str, Any]]

BIG = ("fill", "offer", "issuance", "event", "generation")

FILTERS: dict[str, tuple[Any, ...]] = {
    "sales": (
        SaleFilter(),
        SaleFilter("north"),
        SaleFilter("south", FillKind.SALE, until=at(5)),
        SaleFilter(kind=FillKind.DISMISSED, since=at(2)),
        SaleFilter(is_issued=True),
        SaleFilter("north", is_issued=False),
        SaleFilter(order_id="order7"),
        SaleFilter(fill_id="a-3"),
        SaleFilter(issuance_id=5),
    ),
    "offers": (
        OfferFilter(),
        OfferFilter("north", until=at(5)),
        *(OfferFilter("north", state) for state in OfferState),
        OfferFilter(generation=7),
    ),
    "issuances": (
        IssuanceFilter(until=at(3)),
        IssuanceFilter(IssuanceState.ISSUED, until=at(5)),
        IssuanceFilter(IssuanceState.VOID),
        IssuanceFilter(sequence=107),
        IssuanceFilter(tx_hash="hash7"),
    ),
    "events": (
        EventFilter(),
        EventFilter(since=at(2), until=at(4)),
        EventFilter(("Halted", "IssuanceIssued"), until=at(5)),
        EventFilter(subject="north"),
        EventFilter(("Halted",), "north"),
    ),
}


def ask_everything(records: Records) -> None:
    for name, filters in FILTERS.items():
        ask: Callable[..., Any] = getattr(records, name)
        for wanted in filters:
            page = ask(wanted, limit=1)
            if page.next:
                ask(wanted, after=page.next, limit=20)
    for sale in records.sales(limit=5).rows:
        records.story(sale.exchange, sale.fill_id)
    records.pipeline(START + timedelta(hours=5))
    records.exchanges()
    records.day_totals(date(2026, 1, 1))
    records.basis_napu()
    records.event_kinds()
    records.events_after(records.newest_event() - 5, 5)


@contextmanager
def listening(database: Database) -> Iterator[Asked]:
    asked: Asked = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def plans_of(database: Database, explain: str) -> Iterator[tuple[str, list[str]]]:
    with listening(database) as asked:
        ask_everything(Records(database))
    with database.read() as connection:
        if database.dialect == "postgresql":
            # So few rows as there are here it would read from end to end; what is left is where it must.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, parameters in asked:
            if statement.startswith(("SELECT", "WITH")):
                plan = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
                yield statement, [str(row[-1]).strip() for row in plan]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_finds_every_row_by_an_index_and_sorts_no_table(database: Database) -> None:
    fill_the_ledger(database)
    # The few that wait for something are all looked at.
    allowed = ("USING INDEX ix_fill_waiting", "USING INDEX ix_fill_unclaimed", "USING INDEX ix_offer_live")
    for statement, plan in plans_of(database, "EXPLAIN QUERY PLAN"):
        scans = [step for step in plan if step.startswith(tuple(f"SCAN {table}" for table in BIG))]
        if "event_head" not in statement and not stops_at_once(statement):
            assert all(step.endswith(allowed) for step in scans), (statement, plan)
        # But few rows are sorted: those found by what finds few, and those of several kinds about one thing.
        if "narrowed" not in statement and " IN (" not in statement and "FROM day_total" not in statement:
            assert "USE TEMP B-TREE FOR ORDER BY" not in plan, (statement, plan)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_issued_today_is_found_by_its_time_and_not_by_its_state(database: Database) -> None:
    plans = [str(plan) for statement, plan in plans_of(database, "EXPLAIN QUERY PLAN") if "changed_at >=" in statement]
    assert plans
    assert all("COVERING INDEX ix_issuance_changed_at_state_quantity_napu (changed_at>?)" in plan for plan in plans)


def stops_at_once(statement: str) -> bool:
    """Tell whether a read ends with the first rows, whatever is in them."""
    return "LIMIT" in statement and "WHERE" not in statement


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_finds_every_row_by_an_index(database: Database) -> None:
    fill_the_ledger(database, times=5)
    with database.write("test") as connection:
        connection.exec_driver_sql("ANALYZE")
    for statement, plan in plans_of(database, "EXPLAIN"):
        scans = [step for step in plan if "Seq Scan on" in step and step.split("Seq Scan on ")[1].split()[0] in BIG]
        assert scans == [], (statement, plan)
