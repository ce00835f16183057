import threading
from datetime import timedelta

import pytest

from app.domain.errors import InvalidInput
from app.domain.fills import FillPage
from app.domain.halts import Scope
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock
from tests.integration.app.store.test_fills import fill, offered


def kinds(ledger: SqlLedger) -> dict[str, str]:
    return {recorded.fill_id: kind for _, recorded, kind in ledger.fills.recent(10)}


@pytest.fixture
def of_a_late_order(ledger: SqlLedger) -> SqlLedger:
    """Three sells of 10 by an order whose id is not known to be ours yet."""
    ledger.fills.record("north", FillPage((fill(1, "late"), fill(2, "late"), fill(3, "late")), "p"))
    return ledger


def test_the_oldest_unclaimed_come_first(ledger: SqlLedger) -> None:
    ledger.fills.record("south", FillPage((fill(2),), "p"))
    ledger.fills.record("north", FillPage((fill(3), fill(1)), "p"))
    found = [(exchange, each.fill_id) for exchange, each in ledger.claims.unclaimed(10)]
    assert found == [("north", "f1"), ("south", "f2"), ("north", "f3")]
    assert len(ledger.claims.unclaimed(2)) == 2


def test_many_can_be_claimed_at_once(ledger: SqlLedger) -> None:
    ledger.fills.record("north", FillPage(tuple(fill(number) for number in range(1200)), "p"))
    claimed = ledger.claims.claim("north", [f"f{number}" for number in range(1200)], who="ann", why="x")
    assert (len(claimed.fill_ids), claimed.quantity_napu) == (1200, 12_000)
    assert ledger.fills.totals().sold_napu == 12_000


def test_what_was_dismissed_becomes_a_sale_when_its_order_proves_to_be_ours(of_a_late_order: SqlLedger) -> None:
    ledger = of_a_late_order
    ledger.claims.dismiss("north", ["f1"], who="ann", why="not ours")
    offered(ledger, "late")
    assert set(kinds(ledger).values()) == {"sale"}
    assert ledger.fills.totals().sold_napu == 30
    (event,) = [each for each in ledger.events.recent(10) if each.kind == "DismissalOverruled"]
    assert (event.subject, event.detail) == ("north", '{"fills": ["f1"]}')


def test_what_was_claimed_counts_once_and_for_its_offer_when_its_order_proves_to_be_ours(
    of_a_late_order: SqlLedger,
) -> None:
    ledger = of_a_late_order
    ledger.claims.claim("north", ["f1", "f2"], who="ann", why="ours, I think")
    assert ledger.fills.totals().sold_napu == 20
    offered(ledger, "late")
    assert ledger.fills.totals().sold_napu == 30
    assert [offer.filled_napu for offer in ledger.offers.live_offers("north")] == [30]
    with pytest.raises(InvalidInput, match="is a sale of one of our offers"):
        ledger.claims.dismiss("north", ["f1"], who="ann", why="x")
    ledger.fills.record("north", FillPage((fill(4, "late"),), "q"))
    assert [offer.filled_napu for offer in ledger.offers.live_offers("north")] == [40]


def test_of_many_who_claim_and_dismiss_at_once_the_totals_are_those_of_the_last(ledger: SqlLedger) -> None:
    ledger.fills.record("north", FillPage(tuple(fill(number) for number in range(5)), "p"))
    fill_ids = [f"f{number}" for number in range(5)]
    ready = threading.Barrier(6)

    def decide(number: int) -> None:
        ready.wait(20)
        for _ in range(5):
            (ledger.claims.claim if number % 2 else ledger.claims.dismiss)("north", fill_ids, who="ann", why="x")

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    sales = [kind for kind in kinds(ledger).values() if kind == "sale"]
    assert len(set(kinds(ledger).values())) == 1
    assert ledger.fills.totals().sold_napu == 10 * len(sales)


def test_halts_are_remembered_with_who_lifted_them_and_why(ledger: SqlLedger, clock: StoppedClock) -> None:
    ledger.halts.halt(Scope.ISSUING, None, who="ann", why="odd")
    clock.wait(60)
    ledger.halts.lift(Scope.ISSUING, None, who="bob", why="mended")
    ledger.halts.halt(Scope.PUBLISHING, "north", who="clock", why="late")
    newest, lifted = ledger.halts.history(10)
    assert (newest.halt.exchange, newest.halt.who, newest.lifted_at, newest.lifted_by) == ("north", "clock", None, None)
    assert (lifted.halt.why, lifted.lifted_at, lifted.lifted_by, lifted.lifted_why) == (
        "odd",
        clock.now(),
        "bob",
        "mended",
    )
    assert ledger.halts.history(1) == [newest]


def test_events_of_a_kind_are_found_from_a_time_on(ledger: SqlLedger, clock: StoppedClock) -> None:
    began = clock.now()
    for kind in ("A", "B", "A", "C"):
        ledger.events.append(kind, kind.lower(), {})
        clock.wait(10)
    assert [event.number for event in ledger.events.of_kinds(("A", "C"), began)] == [1, 3, 4]
    assert [event.number for event in ledger.events.of_kinds(("A", "C"), began + timedelta(seconds=20))] == [3, 4]
    assert list(ledger.events.of_kinds(("A",), clock.now())) == []


def test_an_issuance_is_found_by_its_number_and_the_sum_of_the_newest_is_known(
    ledger: SqlLedger, clock: StoppedClock
) -> None:
    offered(ledger, "ours")
    began = clock.now()
    assert (ledger.issuances.find(1), ledger.issuances.prepared_napu(began)) == (None, 0)
    ledger.fills.record("north", FillPage((fill(1, "ours"),), "p"))
    with ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        sales = ledger.fills.unissued_sales(10)
        prepared = ledger.issuances.prepare(lease, issuer_address="nde", sequence=1, tx_hash="h", sales=sales)
    assert ledger.issuances.find(prepared.id) == prepared
    assert ledger.issuances.prepared_napu(began) == 10
    assert ledger.issuances.prepared_napu(began + timedelta(seconds=1)) == 0
