"""What is asked at every push is found by an index, however long the history is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event

from app.domain.issuances import OPEN_STATES
from app.domain.ledger import OfferState
from app.store import tables
from app.store.database import Database
from app.store.ledger import SqlLedger

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda ledger: ledger.offers.live_offers("north"), "ix_offer_live (exchange=?)"),
        (lambda ledger: ledger.offers.lost_offers("north", SINCE), "ix_offer_lost (exchange=? AND intended_at>?)"),
        (lambda ledger: ledger.issuances.open(), "INDEX ix_issuance_state_quantity_napu (state=?)"),
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
