import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, select

from app.domain.errors import InvalidInput
from app.domain.fills import Fill, FillPage, Side
from app.domain.money import MAX_AMOUNT
from app.store import migrate, tables
from app.store.audit import find_alterations
from app.store.backup import back_up
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.reading.glances import DayTotal, Raised
from app.store.reading.records import Records
from tests.integration.app.store.conftest import StoppedClock
from tests.integration.app.store.restoring import put_back, set_schema_aside
from tests.integration.app.store.test_fills import offered

MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC)
FIRST, SECOND = date(2026, 1, 1), date(2026, 1, 2)


def sell(number: int, order_id: str, at: datetime = MIDNIGHT, quantity: int = 10, price: int = 10**11) -> Fill:
    return Fill(f"f{number}", order_id, Side.SELL, price, quantity, "0", at, "{}")


def totals(ledger: SqlLedger) -> list[tuple[str, date, int, int, int]]:
    days = Records(ledger.database).day_totals(FIRST)
    with ledger.database.snapshot() as connection:
        assert find_alterations(connection)[1] == []
    return [(day.exchange, day.day, day.sales, day.sold_napu, day.proceeds) for day in days]


def test_sales_count_for_the_utc_day_on_which_they_were_executed(ledger: SqlLedger) -> None:
    offered(ledger, "a")
    offered(ledger, "b", exchange="south")
    before = MIDNIGHT - timedelta(microseconds=1)
    ledger.fills.record("north", FillPage((sell(1, "a", before), sell(2, "a"), sell(3, "a", quantity=5)), "p"))
    ledger.fills.record("north", FillPage((sell(3, "a"), sell(4, "a", before), sell(5, "none")), "q"))
    ledger.fills.record("south", FillPage((sell(1, "b", price=7),), "p"))
    assert totals(ledger) == [
        ("north", FIRST, 2, 20, 2 * 10**12),
        ("north", SECOND, 2, 15, 15 * 10**11),
        ("south", SECOND, 1, 10, 70),
    ]


def test_what_a_person_or_an_order_makes_a_sale_counts_and_what_is_dismissed_does_not(ledger: SqlLedger) -> None:
    ledger.fills.record("north", FillPage(tuple(sell(number, "late") for number in range(4)), "p"))
    assert totals(ledger) == []
    ledger.claims.claim("north", ["f0", "f1"], who="ann", why="x")
    assert totals(ledger) == [("north", SECOND, 2, 20, 2 * 10**12)]
    ledger.claims.dismiss("north", ["f1", "f2"], who="ann", why="x")
    assert totals(ledger) == [("north", SECOND, 1, 10, 10**12)]
    ledger.claims.dismiss("north", ["f0"], who="ann", why="x")
    assert totals(ledger) == []
    offered(ledger, "late")
    assert totals(ledger) == [("north", SECOND, 4, 40, 4 * 10**12)]


def test_proceeds_beyond_64_bits_are_exact(ledger: SqlLedger) -> None:
    offered(ledger, "a")
    ledger.fills.record("north", FillPage((sell(1, "a", quantity=2**62, price=MAX_AMOUNT), sell(2, "a")), "p"))
    proceeds = 2**62 * MAX_AMOUNT + 10**12
    assert Records(ledger.database).day_totals(SECOND) == (DayTotal("north", SECOND, 2, 2**62 + 10, proceeds),)
    raised = Records(ledger.database).money_raised()
    assert raised == {"north": Raised(2, 2**62 + 10, proceeds)}
    assert raised["north"].proceeds_nanocents == proceeds // 10**8


def test_money_raised_is_that_of_all_days(ledger: SqlLedger) -> None:
    offered(ledger, "a")
    page = FillPage(tuple(sell(number, "a", MIDNIGHT + timedelta(days=number)) for number in range(3)), "p")
    ledger.fills.record("north", page)
    records = Records(ledger.database)
    assert records.money_raised() == {"north": Raised(3, 30, 3 * 10**12)}
    assert [day.day for day in records.day_totals(SECOND + timedelta(days=1))] == [date(2026, 1, 3), date(2026, 1, 4)]


def test_of_many_who_record_claim_and_dismiss_at_once_nothing_is_counted_twice_or_lost(ledger: SqlLedger) -> None:
    offered(ledger, "a")
    ledger.fills.record("north", FillPage(tuple(sell(number, "none") for number in range(4)), "p"))
    ready = threading.Barrier(4)

    def work(worker: int) -> None:
        ready.wait(20)
        for turn in range(6):
            number = 100 * (worker + 1) + turn
            ledger.fills.record("north", FillPage((sell(number, "a"), sell(50 + turn, "a")), str(number)))
            decide = ledger.claims.claim if turn % 2 else ledger.claims.dismiss
            decide("north", [f"f{worker}"], who="ann", why="x")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert totals(ledger) == [("north", SECOND, 34, 340, 34 * 10**12)]


def test_a_claim_that_is_refused_counts_for_no_day(ledger: SqlLedger) -> None:
    ledger.fills.record("north", FillPage((sell(1, "none"),), "p"))
    with pytest.raises(InvalidInput):
        ledger.claims.claim("north", ["f1", "f2"], who="ann", why="x")
    assert totals(ledger) == []


def test_a_backup_carries_them_to_another_ledger(ledger: SqlLedger, tmp_path: Path, clock: StoppedClock) -> None:
    offered(ledger, "a")
    ledger.fills.record("north", FillPage((sell(1, "a", price=2**62),), "p"))
    backup = tmp_path / "a.backup"
    back_up(ledger.database, backup)
    clock.wait(100)
    set_schema_aside(ledger)
    url = ledger.database.engine.url.render_as_string(hide_password=False)
    put_back(url, backup, clock)
    assert totals(ledger) == [("north", SECOND, 1, 10, 10 * 2**62)]


def test_an_upgrade_adds_up_the_sales_of_before_and_can_be_undone(database_url: str) -> None:
    database = Database(database_url)
    with database.write("an old ledger") as connection:
        command.upgrade(migrate.configuration(connection), "0005")
        connection.execute(insert(tables.fill), [_recorded(number) for number in range(40)])
    migrate.upgrade(database)
    expected = (
        DayTotal("north", FIRST, 5, 5 * 2**55, 5 * 2**55 * MAX_AMOUNT),
        DayTotal("north", SECOND, 15, 15 * 2**55, 15 * 2**55 * MAX_AMOUNT),
    )
    assert Records(database).day_totals(FIRST) == expected
    with database.write("back and forth") as connection:
        command.downgrade(migrate.configuration(connection), "0005")
        command.upgrade(migrate.configuration(connection), "head")
    assert Records(database).day_totals(FIRST) == expected
    with database.read() as connection:
        assert len(connection.execute(select(tables.fill)).all()) == 40
    database.close()


def _recorded(number: int) -> dict[str, object]:
    at = MIDNIGHT + timedelta(seconds=number - 10)
    fill = sell(number, "a", at, 2**55, MAX_AMOUNT)
    values = {name: getattr(fill, name) for name in fill.__slots__}
    return values | {"exchange": "north", "recorded_at": at, "kind": "sale" if number % 2 else "dismissed"}
