from collections.abc import Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.errors import LeaseLost
from app.domain.fills import FillPage
from app.domain.issuances import ImpossibleTransition, Issuance, IssuanceState
from app.domain.ledger import Lease, SaleTotals
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock
from tests.integration.app.store.test_fills import fill, offered

ADDRESS = "nde-issuer"


@pytest.fixture
def lease(ledger: SqlLedger) -> Iterator[Lease]:
    with ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        yield lease


def sell(ledger: SqlLedger, *numbers: int) -> None:
    offered(ledger, f"order-{numbers[0]}")
    page = FillPage(tuple(fill(number, f"order-{numbers[0]}") for number in numbers), "p")
    ledger.fills.record("north", page)


def prepare(ledger: SqlLedger, lease: Lease, sequence: int = 1) -> Issuance:
    sales = ledger.fills.unissued_sales(100)
    return ledger.issuances.prepare(lease, issuer_address=ADDRESS, sequence=sequence, tx_hash="hash", sales=sales)


def issue(ledger: SqlLedger, lease: Lease, issuance: Issuance) -> Issuance:
    for state in (IssuanceState.SIGNED, IssuanceState.SUBMITTED, IssuanceState.ISSUED):
        issuance = ledger.issuances.advance(lease, issuance, state, signatures=("s",))
    return issuance


def test_preparing_ties_the_sales_so_that_no_other_issuance_gets_them(ledger: SqlLedger, lease: Lease) -> None:
    sell(ledger, 1, 2, 3)
    prepared = prepare(ledger, lease)
    assert prepared.quantity_napu == 30
    assert ledger.fills.unissued_sales(10) == []
    assert ledger.fills.totals() == SaleTotals(sold_napu=30, issued_napu=0, in_flight_napu=30)
    assert ledger.issuances.open() == prepared


def test_an_issued_issuance_is_settled_for_good(ledger: SqlLedger, lease: Lease) -> None:
    sell(ledger, 1, 2)
    issued = issue(ledger, lease, prepare(ledger, lease))
    assert ledger.issuances.open() is None
    assert ledger.fills.totals() == SaleTotals(sold_napu=20, issued_napu=20, in_flight_napu=0)
    assert ledger.fills.count_issued() == 2
    assert ledger.issuances.last_sequence(ADDRESS) == 1
    with pytest.raises(ImpossibleTransition):
        ledger.issuances.advance(lease, issued, IssuanceState.VOID)


def test_a_void_issuance_frees_its_sales(ledger: SqlLedger, lease: Lease) -> None:
    sell(ledger, 1, 2)
    ledger.issuances.advance(lease, prepare(ledger, lease), IssuanceState.VOID, message="proof")
    assert [sale.fill_id for sale in ledger.fills.unissued_sales(10)] == ["f1", "f2"]
    assert prepare(ledger, lease, sequence=2).quantity_napu == 20


def test_a_sale_that_went_into_another_issuance_is_not_issued_again(ledger: SqlLedger, lease: Lease) -> None:
    sell(ledger, 1)
    stale = ledger.fills.unissued_sales(10)
    issue(ledger, lease, prepare(ledger, lease))
    with pytest.raises(LeaseLost, match="in another one by now"):
        ledger.issuances.prepare(lease, issuer_address=ADDRESS, sequence=2, tx_hash="h", sales=stale)
    assert ledger.issuances.open() is None


def test_a_second_open_issuance_is_refused_by_the_database_itself(ledger: SqlLedger, lease: Lease) -> None:
    sell(ledger, 1)
    prepare(ledger, lease)
    sell(ledger, 2)
    with pytest.raises(IntegrityError):
        prepare(ledger, lease, sequence=2)
    assert [sale.fill_id for sale in ledger.fills.unissued_sales(10)] == ["f2"]


def test_a_sequence_is_used_once(ledger: SqlLedger, lease: Lease) -> None:
    sell(ledger, 1)
    issue(ledger, lease, prepare(ledger, lease, sequence=5))
    sell(ledger, 2)
    with pytest.raises(IntegrityError):
        prepare(ledger, lease, sequence=5)


def test_whoever_lost_the_lease_writes_nothing(ledger: SqlLedger, lease: Lease, clock: StoppedClock) -> None:
    sell(ledger, 1)
    prepared = prepare(ledger, lease)
    clock.wait(61)
    with ledger.leases.hold("issuer", 60) as successor:
        assert successor is not None
        with pytest.raises(LeaseLost):
            ledger.issuances.advance(lease, prepared, IssuanceState.SIGNED, signatures=("s",))
        assert ledger.issuances.open() == prepared
        ledger.issuances.advance(successor, prepared, IssuanceState.SIGNED, signatures=("s",))
    sell(ledger, 2)
    with pytest.raises(LeaseLost):
        prepare(ledger, lease, sequence=2)


def test_an_issuance_that_somebody_moved_on_is_not_moved_from_where_it_was(ledger: SqlLedger, lease: Lease) -> None:
    sell(ledger, 1)
    prepared = prepare(ledger, lease)
    ledger.issuances.advance(lease, prepared, IssuanceState.SIGNED, signatures=("s",))
    with pytest.raises(LeaseLost, match="no longer prepared"):
        ledger.issuances.advance(lease, prepared, IssuanceState.SIGNED, signatures=("other",))


def test_a_block_that_was_not_known_at_first_is_noted_later(ledger: SqlLedger, lease: Lease) -> None:
    sell(ledger, 1)
    issued = issue(ledger, lease, prepare(ledger, lease))
    assert ledger.issuances.without_block(10) == [issued]
    ledger.issuances.note_block(issued, 77)
    assert ledger.issuances.without_block(10) == []
    assert ledger.issuances.recent(1)[0].block_height == 77
