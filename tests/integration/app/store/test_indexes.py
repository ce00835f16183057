"""What is asked at every push is found by an index, however long the history is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from app.domain.fills import FillPage
from app.domain.issuances import OPEN_STATES
from app.domain.ledger import OfferState
from app.store import tables
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.integration.app.store.test_fills import fill, offered

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda ledger: ledger.offers.live_offers("north"), "ix_offer_live (exchange=?)"),
        (lambda ledger: ledger.offers.lost_offers("north", SINCE), "ix_offer_lost (exchange=? AND intended_at>?)"),
        (lambda ledger: ledger.issuances.open(), "INDEX ix_issuance_state_quantity_napu (state=?)"),
        (lambda ledger: ledger.issuances.without_block(10), "INDEX ix_issuance_without_block"),
        (lambda ledger: ledger.issuances.known_hashes(["h"]), "INDEX ix_issuance_tx_hash (tx_hash=?)"),
        (lambda ledger: ledger.fills.unissued_sales(10), "INDEX ix_fill_waiting"),
        (
            lambda ledger: ledger.fills.unclaimed_napu("north"),
            "INDEX ix_fill_exchange_kind_recorded_at (exchange=? AND kind=?)",
        ),
        (lambda ledger: ledger.claims.unclaimed(10), "INDEX ix_fill_unclaimed"),
        (lambda ledger: ledger.offers.first_intended_at("north"), "INDEX ix_offer_closed (exchange=?)"),
    ],
)
def test_sqlite_uses_the_index_that_is_there_for_it(
    ledger: SqlLedger, database: Database, ask: Callable[[SqlLedger], object], index: str
) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, parameters, *_: asked.append((statement, parameters)),
    )
    ask(ledger)
    ((statement, parameters),) = asked
    with database.read() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
    assert index in plan


def test_the_states_that_are_written_out_are_those_of_the_domain() -> None:
    live = {OfferState.INTENDED, OfferState.OPEN, OfferState.CLOSING}
    assert str(tables.IS_LIVE).endswith(f"IN ({', '.join(repr(str(state)) for state in OfferState if state in live)})")
    assert {f"'{state}'" for state in OPEN_STATES} == set(str(tables.IS_OPEN).split("(")[1].rstrip(")").split(", "))
    assert str(tables.IS_LOST).endswith(f"= '{OfferState.LOST}'")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sales_that_go_into_an_issuance_are_found_by_their_ids(ledger: SqlLedger, database: Database) -> None:
    offered(ledger, "ours")
    ledger.fills.record("north", FillPage((fill(1, "ours"), fill(2, "ours")), "p"))
    asked: list[tuple[str, Any]] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, parameters, *_: asked.append((statement, parameters)),
    )
    with ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        sales = ledger.fills.unissued_sales(10)
        ledger.issuances.prepare(lease, issuer_address="nde", sequence=1, tx_hash="h", sales=sales)
    ((statement, parameters),) = [each for each in asked if each[0].startswith("UPDATE fill SET issuance_id")]
    with database.read() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
    assert "(exchange=? AND fill_id=?)" in plan
