from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Connection, delete, insert, update

from app.domain.fills import Fill, FillPage, Side
from app.domain.halts import Scope
from app.domain.issuances import IssuanceState
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState
from app.domain.offers import Level
from app.domain.showing import ShownLevel
from app.ports.chain import ChainTransaction
from app.store import tables
from app.store.audit import find_alterations
from app.store.columns import metadata
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock


def fill(number: int, order_id: str, at: datetime) -> Fill:
    return Fill(f"fill-{number}", order_id, Side.SELL, 10**11, 10 * number, "0", at, f'{{"n": {number}}}')


@pytest.fixture
def used(ledger: SqlLedger, clock: StoppedClock) -> SqlLedger:
    """A ledger with one of everything."""
    ledger.offers.decide(NewGeneration(5, 0, 0, 5, (Level(10**11, 1000),), "first", ("north",)))
    with ledger.leases.hold("offers:north", 10) as lease:
        assert lease is not None
        (offer,) = ledger.offers.intend(
            lease, "north", generation=1, levels=[ShownLevel.at_target(Level(10**11, 1000))]
        )
        ledger.offers.settle(lease, "north", [OfferOutcome(offer.client_order_id, OfferState.OPEN, "order-1")])
    ledger.fills.record("north", FillPage(tuple(fill(n, "order-1", clock.now()) for n in (1, 2, 3)), "3"))
    ledger.fills.record("north", FillPage((fill(4, "order-1", clock.now()), fill(5, "stray", clock.now())), "5"))
    ledger.halts.halt(Scope.PUBLISHING, "north", who="ann", why="night")
    account = ledger.chain_book.begin("nde", sequence=4, chain_issued_napu=5)
    with ledger.leases.hold("issuer", 10) as lease:
        assert lease is not None
        sales = ledger.fills.unissued_sales(10)
        prepared = ledger.issuances.prepare(lease, issuer_address="nde", sequence=5, tx_hash="h", sales=sales)
        ledger.issuances.advance(lease, prepared, IssuanceState.SIGNED, signatures=("s",))
        ledger.chain_book.learn(lease, account, ours=[], foreign=[ChainTransaction("x", 3, 9, 4)])
    return ledger


def problems(database: Database) -> list[str]:
    with database.snapshot() as connection:
        return find_alterations(connection)[1]


def test_what_was_written_and_left_alone_is_whole(used: SqlLedger) -> None:
    with used.database.snapshot() as connection:
        end, found = find_alterations(connection)
    assert found == []
    assert end is not None
    assert end.number == used.events.recent(1)[0].number


def change(table: str, **values: object) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(update(metadata.tables[table]).values(values))


def remove_fill(connection: Connection) -> None:
    connection.execute(delete(tables.fill).where(tables.fill.c.fill_id == "stray"))
    connection.execute(delete(tables.fill).where(tables.fill.c.fill_id == "fill-5"))


def remove_record(connection: Connection) -> None:
    connection.execute(delete(tables.fill))


def add_halt(connection: Connection) -> None:
    values = {"scope": "issuing", "who": "mallory", "why": "", "since": StoppedClock().now()}
    connection.execute(insert(tables.halt).values(values))


def change_one(table: str, column: str, value: object, **values: object) -> Callable[[Connection], object]:
    rows = metadata.tables[table]
    return lambda connection: connection.execute(update(rows).where(rows.c[column] == value).values(values))


ALTERATIONS: dict[str, tuple[Callable[[Connection], object], str]] = {
    "a fill's quantity": (change_one("fill", "fill_id", "fill-4", quantity_napu=41), "one of the 5 fills recorded at"),
    "a fill's price": (change_one("fill", "fill_id", "fill-1", price_nanocents=1), "one of the 5 fills recorded at"),
    "a fill's message": (change_one("fill", "fill_id", "fill-1", raw="{}"), "one of the 5 fills recorded at"),
    "a fill is gone": (remove_fill, "4 fills were recorded at"),
    "all fills are gone": (remove_record, "5 fills recorded at"),
    "an issuance's quantity": (change("issuance", quantity_napu=99), "quantity_napu is 99; the audit trail says 100"),
    "an issuance's hash": (change("issuance", tx_hash="other"), "tx_hash is other; the audit trail says h"),
    "an issuance's state": (change("issuance", state="issued"), "is issued; the audit trail says signed"),
    "an issuance's sequence": (change("issuance", sequence=6), "is not in the audit trail"),
    "a sale untied": (change_one("fill", "fill_id", "fill-4", issuance_id=None), "the sales tied to it are 60"),
    "what was sold": (change("cursor", sold_napu=7), "7 napu are noted as sold; its sales add up to 100"),
    "what a day's sales sold": (change("day_total", sold_napu=99), "is not what the sales of that day add up to"),
    "what a day's sales brought": (change("day_total", proceeds="1"), "north: the total of 2026-01-01 is not"),
    "a day is gone": (lambda connection: connection.execute(delete(tables.day_total)), "north: the total of 2026-01-01"),
    "an offer's price": (change("offer", price_nanocents=1), "is not what was decided"),
    "a generation": (change("generation", issued_napu=6), "generation 1 is not what was decided"),
    "a foreign issue": (change("foreign_issue", quantity_napu=8), "the foreign Issue x is not what was found"),
    "a halt's reason": (change("halt", why="because"), "the halts are not those"),
    "a halt added": (add_halt, "the halts are not those"),
    "an event's words": (change_one("event", "number", 2, detail="{}"), "event 2 of the audit trail is not what was written"),
    "an event's time": (change_one("event", "number", 3, at=datetime.fromisoformat("2020-01-01T00:00:00+00:00")), "event 3"),
}  # fmt: skip


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_altered_row_is_found(used: SqlLedger, alteration: str) -> None:
    alter, expected = ALTERATIONS[alteration]
    with used.database.write("test") as connection:
        alter(connection)
    found = problems(used.database)
    assert any(expected in problem for problem in found), found


def test_events_cut_off_the_end_are_missed(used: SqlLedger) -> None:
    last = used.events.recent(1)[0].number
    with used.database.write("test") as connection:
        connection.execute(delete(tables.event).where(tables.event.c.number == last))
    assert problems(used.database) == [
        f"the audit trail ends at event {last - 1}, but by the ledger's own note at event {last}"
    ]
