from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.fills import Fill, FillPage, Side
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState, Recorded, SaleTotals
from app.domain.offers import Level
from app.domain.showing import ShownLevel
from app.store.ledger import SqlLedger

START = datetime(2026, 1, 1, tzinfo=UTC)


def fill(number: int, order_id: str = "order", side: Side = Side.SELL, quantity: int = 10) -> Fill:
    executed_at = START + timedelta(seconds=number)
    return Fill(f"f{number}", order_id, side, 10**11, quantity, "0", executed_at, "{}")


def offered(ledger: SqlLedger, *order_ids: str, exchange: str = "north") -> None:
    """Make these the exchange's ids of offers of ours."""
    generation = ledger.offers.decide(NewGeneration(0, 0, 0, 0, (Level(1, 1),), "test", (exchange,)))
    with ledger.leases.hold("offers", 60) as lease:
        assert lease is not None
        levels = [Level(10**11, 1000)] * len(order_ids)
        offers = ledger.offers.intend(
            lease, exchange, generation=generation.number, levels=[ShownLevel.at_target(each) for each in levels]
        )
        outcomes = [
            OfferOutcome(offer.client_order_id, OfferState.OPEN, order_id)
            for offer, order_id in zip(offers, order_ids, strict=True)
        ]
        ledger.offers.settle(lease, exchange, outcomes)


def test_a_sell_by_one_of_our_offers_is_a_sale_and_nothing_else_is(ledger: SqlLedger) -> None:
    offered(ledger, "ours")
    page = FillPage((fill(1, "ours"), fill(2, "theirs"), fill(3, "ours", Side.BUY), fill(4, "other", Side.BUY)), "p")
    assert ledger.fills.record("north", page) == Recorded(new=4, sales=1, unclaimed=1)
    kinds = {recorded.fill_id: kind for _, recorded, kind in ledger.fills.recent(10)}
    assert kinds == {"f1": "sale", "f2": "unclaimed", "f3": "other", "f4": "other"}
    assert [sale.fill_id for sale in ledger.fills.unissued_sales(10)] == ["f1"]


def test_the_same_order_id_on_another_exchange_is_not_ours(ledger: SqlLedger) -> None:
    offered(ledger, "7", exchange="north")
    assert ledger.fills.record("south", FillPage((fill(1, "7"),), "p")).sales == 0


def test_the_position_moves_with_the_fills(ledger: SqlLedger) -> None:
    assert ledger.fills.position("north") is None
    ledger.fills.record("north", FillPage((fill(1),), "one"))
    ledger.fills.record("north", FillPage((), "two"))
    assert ledger.fills.position("north") == "two"
    assert ledger.fills.position("south") is None


def test_recording_a_page_twice_changes_nothing(ledger: SqlLedger) -> None:
    offered(ledger, "ours")
    page = FillPage(tuple(fill(number, "ours") for number in range(5)), "p")
    ledger.fills.record("north", page)
    assert ledger.fills.record("north", page) == Recorded(0, 0, 0)
    assert ledger.fills.totals() == SaleTotals(sold_napu=50, issued_napu=0, in_flight_napu=0)


def test_a_fill_that_stands_twice_in_a_page_is_recorded_once(ledger: SqlLedger) -> None:
    offered(ledger, "ours")
    assert ledger.fills.record("north", FillPage((fill(1, "ours"), fill(1, "ours")), "p")).new == 1


def test_a_fill_is_kept_as_the_exchange_reported_it(ledger: SqlLedger) -> None:
    reported = Fill("id", "order", Side.SELL, 2**62, 2**62, "0.0012 USDT", START, '{"trade_id": 1.10}')
    ledger.fills.record("north", FillPage((reported,), "p"))
    assert ledger.fills.recent(1)[0][1] == reported


def test_offers_count_what_their_fills_sold(ledger: SqlLedger) -> None:
    offered(ledger, "a", "b")
    ledger.fills.record("north", FillPage((fill(1, "a"), fill(2, "a"), fill(3, "b", quantity=5)), "p"))
    filled = {offer.exchange_order_id: offer.filled_napu for offer in ledger.offers.live_offers("north")}
    assert filled == {"a": 20, "b": 5}


def test_a_fill_read_before_its_order_id_was_known_becomes_a_sale_when_it_is(ledger: SqlLedger) -> None:
    ledger.fills.record("north", FillPage((fill(1, "late"), fill(2, "stranger")), "p"))
    assert ledger.fills.totals().sold_napu == 0
    offered(ledger, "late")
    assert ledger.fills.totals().sold_napu == 10
    assert [sale.fill_id for sale in ledger.fills.unissued_sales(10)] == ["f1"]
    assert [offer.filled_napu for offer in ledger.offers.live_offers("north")] == [10]


def test_a_page_of_a_thousand_fills_of_as_many_orders_is_one_transaction(ledger: SqlLedger) -> None:
    offered(ledger, *(f"o{number}" for number in range(1500)))
    page = FillPage(tuple(fill(number, f"o{number}") for number in range(1500)), "p")
    assert ledger.fills.record("north", page) == Recorded(1500, 1500, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=6), st.integers(0, 10**9))
def test_however_pages_overlap_each_fill_counts_once(ledger: SqlLedger, pages: list[list[int]], salt: int) -> None:
    exchange = f"x{salt}"
    known = {recorded.fill_id for name, recorded, _ in ledger.fills.recent(10_000) if name == exchange}
    new = 0
    for page in pages:
        new += ledger.fills.record(exchange, FillPage(tuple(fill(number) for number in page), "p")).new
    assert new == len({f"f{number}" for page in pages for number in page} - known)
