from datetime import UTC, datetime

import pytest

from app.domain.fills import Fill, FillPage, Side
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.waiting import SqlWaiting, WaitingSells
from tests.integration.app.store.conftest import StoppedClock
from tests.unit.app.services.ledgers import NDAU, sell

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def waiting(database: Database) -> SqlWaiting:
    return SqlWaiting(database)


def sell_unclaimed(ledger: SqlLedger, exchange: str, *fill_ids: str) -> None:
    fills = tuple(Fill(each, f"order {each}", Side.SELL, 10**11, NDAU, "0", BEGIN, "{}") for each in fill_ids)
    ledger.fills.record(exchange, FillPage(fills, fill_ids[-1]))


def test_sales_wait_since_the_oldest_was_recorded_until_they_are_in_an_issuance(
    waiting: SqlWaiting, ledger: SqlLedger, clock: StoppedClock
) -> None:
    assert waiting.unissued() is None
    sell(ledger, 5 * NDAU)
    first = clock.now()
    clock.wait(60)
    sell(ledger, 7 * NDAU, exchange="north")
    assert waiting.unissued() == WaitingSells("", 2, 12 * NDAU, first)
    assert waiting.unissued(("south",)) == WaitingSells("", 1, 7 * NDAU, clock.now())
    assert waiting.unissued(("south", "north")) is None
    with ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        sales = ledger.fills.unissued_sales(10)
        ledger.issuances.prepare(lease, issuer_address="nda", sequence=1, tx_hash="h", sales=sales)
    assert waiting.unissued() is None


def test_unclaimed_sells_wait_by_exchange_until_somebody_says_what_they_are(
    waiting: SqlWaiting, ledger: SqlLedger, clock: StoppedClock
) -> None:
    assert (waiting.unclaimed(), waiting.read_at()) == ([], {})
    sell_unclaimed(ledger, "south", "a", "b")
    clock.wait(60)
    sell_unclaimed(ledger, "north", "c")
    south = WaitingSells("south", 2, 2 * NDAU, BEGIN)
    assert waiting.unclaimed() == [WaitingSells("north", 1, NDAU, clock.now()), south]
    ledger.claims.dismiss("north", ["c"], who="ada", why="a test")
    assert waiting.unclaimed() == [south]
    assert waiting.unissued() is None
    clock.wait(60)
    ledger.fills.record("north", FillPage((), "1"))
    assert waiting.read_at() == {"north": clock.now(), "south": BEGIN}
