import json
from collections.abc import Callable, Sequence

import pytest

from app.domain.errors import InvalidInput, LeaseLost
from app.domain.fills import Fill, FillPage, Side
from app.domain.ledger import NewGeneration
from app.domain.offers import desired_stack
from app.services.claim_sales import claim_sales, dismiss_sales
from app.services.issue_sales import LEASE
from tests.integration.app.store.conftest import StoppedClock
from tests.unit.app.services.issuing import Issuing
from tests.unit.app.services.ledgers import NDAU

EXCHANGE = "north"


@pytest.fixture
def world(issuing: Issuing) -> Issuing:
    """Two sells of 1 and 2 ndau that are none of our offers, a buy, and a sale of ours on another exchange."""
    fills = (_fill("a", 1), _fill("b", 2), _fill("bought", 4, Side.BUY))
    issuing.ledger.fills.record(EXCHANGE, FillPage(fills, "p"))
    return issuing


def _fill(fill_id: str, ndau: int, side: Side = Side.SELL, order: str = "by hand") -> Fill:
    return Fill(fill_id, order, side, 10**11, ndau * NDAU, "0", StoppedClock().now(), "{}")


def kinds(world: Issuing) -> dict[str, str]:
    return {fill.fill_id: kind for name, fill, kind in world.ledger.fills.recent(100) if name == EXCHANGE}


def claim(world: Issuing, *fill_ids: str) -> Sequence[str]:
    return claim_sales(world.ledger, EXCHANGE, fill_ids, who="ann", why="sold by hand").fill_ids


def dismiss(world: Issuing, *fill_ids: str) -> Sequence[str]:
    return dismiss_sales(world.ledger, EXCHANGE, fill_ids, who="bob", why="a test").fill_ids


def events(world: Issuing) -> list[str]:
    newest = world.ledger.events.recent(100)
    return [event.kind for event in reversed(newest) if event.kind in ("SalesClaimed", "SalesDismissed")]


def test_what_is_claimed_is_counted_and_issued_like_any_other_sale(world: Issuing) -> None:
    assert claim(world, "a") == ("a",)
    assert world.ledger.fills.totals().sold_napu == NDAU
    assert [fill.fill_id for _, fill in world.ledger.claims.unclaimed(10)] == ["b"]
    assert [each.quantity_napu for each in world.run().issued] == [NDAU]
    assert world.run().issued == []


def test_what_is_dismissed_is_never_issued_until_it_is_claimed_after_all(world: Issuing) -> None:
    assert dismiss(world, "a", "b") == ("a", "b")
    assert world.ledger.claims.unclaimed(10) == []
    assert world.run().issued == []
    assert claim(world, "b") == ("b",)
    assert [each.quantity_napu for each in world.run().issued] == [2 * NDAU]
    assert kinds(world) == {"a": "dismissed", "b": "sale", "bought": "other"}


def test_doing_it_again_changes_nothing_and_leaves_no_event(world: Issuing) -> None:
    assert claim(world, "a", "a") == ("a",)
    assert claim(world, "a") == ()
    assert dismiss(world, "b") == ("b",)
    assert dismiss(world, "b") == ()
    assert world.ledger.fills.totals().sold_napu == NDAU
    assert events(world) == ["SalesClaimed", "SalesDismissed"]


def test_a_claimed_one_that_is_in_no_issuance_can_be_dismissed_and_no_longer_counts(world: Issuing) -> None:
    claim(world, "a", "b")
    assert dismiss(world, "b") == ("b",)
    assert world.ledger.fills.totals().sold_napu == NDAU
    assert [each.quantity_napu for each in world.run().issued] == [NDAU]


def test_one_that_is_in_an_issuance_cannot_be_dismissed_whatever_became_of_it(world: Issuing) -> None:
    claim(world, "a")
    world.signer.is_halted = True
    world.run()
    assert world.states == ["refused"]
    with pytest.raises(InvalidInput, match="fill a of north is in issuance 1; only what is in none can be dismissed"):
        dismiss(world, "b", "a")
    assert kinds(world)["b"] == "unclaimed"


def test_the_event_says_who_why_where_which_and_how_much(world: Issuing) -> None:
    claim(world, "a", "b")
    event = next(event for event in world.ledger.events.recent(10) if event.kind == "SalesClaimed")
    assert event.subject == EXCHANGE
    told = {"who": "ann", "why": "sold by hand", "fills": ["a", "b"], "quantity_napu": 3 * NDAU}
    assert json.loads(event.detail) == told


@pytest.mark.parametrize("decide", [claim, dismiss])
@pytest.mark.parametrize(
    ("fill_ids", "words"),
    [
        (("a", "nonsense"), "north has no fill nonsense in the ledger"),
        (("a", "bought"), "fill bought of north is a buy"),
        (("a", "\udcff"), "a fill id is no text"),
    ],
)
def test_one_that_cannot_be_decided_about_leaves_all_as_they_are(
    world: Issuing, decide: Callable[..., object], fill_ids: Sequence[str], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        decide(world, *fill_ids)
    assert kinds(world)["a"] == "unclaimed"
    assert world.ledger.fills.totals().sold_napu == 0
    assert events(world) == []


def test_an_exchange_that_is_not_known_has_no_fills_and_gets_no_records(world: Issuing) -> None:
    with pytest.raises(InvalidInput, match="nowhere has no fill a in the ledger"):
        claim_sales(world.ledger, "nowhere", ["a"], who="ann", why="x")
    assert world.ledger.fills.position("nowhere") is None


@pytest.mark.parametrize("decide", [claim_sales, dismiss_sales])
def test_sales_of_our_own_offers_are_not_for_an_operator_to_decide(
    world: Issuing, decide: Callable[..., object]
) -> None:
    world.sell(NDAU)
    with pytest.raises(InvalidInput, match="fill sale-1 of south is a sale of one of our offers"):
        decide(world.ledger, "south", ["sale-1"], who="ann", why="x")
    assert world.ledger.fills.totals().sold_napu == NDAU


def test_a_reason_is_required(world: Issuing) -> None:
    with pytest.raises(InvalidInput, match="why is ' '; expected a reason"):
        claim_sales(world.ledger, EXCHANGE, ["a"], who="ann", why=" ")


def test_one_that_is_dismissed_after_it_was_gathered_keeps_the_issuance_from_being_prepared(world: Issuing) -> None:
    claim(world, "a", "b")
    with world.ledger.leases.hold(LEASE, 10) as lease:
        assert lease is not None
        gathered = world.ledger.fills.unissued_sales(10)
        dismiss(world, "b")
        with pytest.raises(LeaseLost, match="or dismissed"):
            world.ledger.issuances.prepare(lease, issuer_address="nde", sequence=9, tx_hash="hash", sales=gathered)
    assert world.issuances == []
    assert [each.quantity_napu for each in world.run().issued] == [NDAU]


def test_a_claim_that_moved_the_price_cannot_be_taken_back_until_as_much_is_sold_again(world: Issuing) -> None:
    world.ledger.fills.record(EXCHANGE, FillPage((_fill("large", 1500),), "q"))
    world.ledger.offers.decide(NewGeneration(0, 0, 0, 0, desired_stack(0, 3), "first", (EXCHANGE,)))
    claim(world, "large")
    dismiss(world, "large")
    claim(world, "large")
    stack = desired_stack(1500 * NDAU, 3)
    world.ledger.offers.decide(NewGeneration(0, 0, 1500 * NDAU, 0, stack, "claimed", (EXCHANGE,)))
    with pytest.raises(InvalidInput, match="without these sales the target price would fall from"):
        dismiss(world, "large")
    assert kinds(world)["large"] == "sale"
    world.sell(1200 * NDAU)
    assert dismiss(world, "large") == ("large",)
