from dataclasses import replace

import pytest

from app.domain.errors import ExchangeUnavailable, InvalidInput
from app.domain.fills import Side
from app.domain.halts import Scope
from app.domain.offers import Level
from app.services.decide_offers import present_basis
from app.services.issue_sales import issue_sales
from app.services.plan_offers import Action, Plan, plan_offers
from app.services.pull_offers import pull_offers
from app.services.push_offers import PushOutcome
from tests.unit.app.services.issuing import POLICY, Issuing
from tests.unit.app.services.ledgers import NDAU, sell
from tests.unit.app.services.publishing import NAME, RULES, Publishing

CENT = 10**9
DRY = replace(RULES, is_dry_run=True)


def plan(world: Publishing) -> Plan:
    return plan_offers(world.ledger, world.ots, world.clock, world.rules, present_basis(world.ledger, world.chain))


def test_a_push_in_a_dry_run_says_what_it_would_do_and_does_nothing(publishing: Publishing) -> None:
    publishing.rules = DRY
    report = publishing.publish()
    assert report.outcome is PushOutcome.DRY_RUN
    assert report.message == "dry run: would cancel 0, place 2, keep 0"
    assert publishing.ots.placed == []
    assert publishing.ledger.offers.live_offers(NAME) == []


def test_offers_that_are_there_stay_in_a_dry_run_though_they_became_too_cheap(publishing: Publishing) -> None:
    publishing.publish()
    publishing.rules = DRY
    before = publishing.offered
    publishing.sell_elsewhere(2_500 * NDAU)
    assert publishing.publish().message == "dry run: would cancel 1, place 1, keep 1"
    assert publishing.offered == before
    publishing.rules = RULES
    publishing.publish_until_done()
    publishing.check()


def test_nothing_is_pulled_in_a_dry_run(publishing: Publishing) -> None:
    publishing.publish()
    publishing.ledger.halts.halt(Scope.PUBLISHING, NAME, who="ann", why="test")
    with pytest.raises(InvalidInput, match="is in a dry run, so nothing is cancelled there"):
        pull_offers(publishing.ledger, publishing.ots, publishing.clock, DRY, who="ann", why="test")
    assert publishing.offered


def test_nothing_is_issued_in_a_dry_run(issuing: Issuing) -> None:
    sell(issuing.ledger, 5 * NDAU)
    policy = replace(POLICY, is_dry_run=True)
    report = issue_sales(issuing.ledger, issuing.chain, issuing.signer, issuing.clock, policy)
    assert report.waiting == f"dry run: {5 * NDAU} napu wait, and nothing is issued"
    assert issuing.chain.submitted == []
    assert issuing.ledger.issuances.open() is None


def test_sales_of_an_exchange_in_a_dry_run_wait_and_the_others_are_issued(issuing: Issuing) -> None:
    sell(issuing.ledger, 5 * NDAU, exchange="south")
    sell(issuing.ledger, 3 * NDAU, exchange="east")
    policy = replace(POLICY, held_back=("south",))
    report = issue_sales(issuing.ledger, issuing.chain, issuing.signer, issuing.clock, policy)
    assert [issuance.quantity_napu for issuance in report.issued] == [3 * NDAU]
    assert issuing.ledger.fills.totals().waiting_napu == 5 * NDAU


def test_a_plan_names_each_order_with_what_becomes_of_it_and_why(publishing: Publishing) -> None:
    publishing.publish()
    publishing.sell_elsewhere(500 * NDAU)
    found = plan(publishing)
    cheap = next(order for order in publishing.ots.our_orders if order.price_nanocents == 100 * CENT)
    assert [(step.action, step.level.quantity_napu // NDAU) for step in found.steps] == [
        (Action.CANCEL, 1000),
        (Action.KEEP, 2000),
        (Action.PLACE, 500),
    ]
    assert found.steps[0].exchange_order_id == cheap.exchange_order_id
    assert found.steps[0].why == "more than is due at this price, or too near to it to add what is missing"
    assert (found.steps[1].why, found.steps[2].why) == ("due", "due and not there")
    assert found.steps[2].level == Level(100 * CENT, 500 * NDAU)


def test_a_plan_comes_true(publishing: Publishing) -> None:
    publishing.publish()
    publishing.sell_elsewhere(1_700 * NDAU)
    found = plan(publishing)
    placed = len(publishing.ots.placed)
    publishing.publish()
    assert [level for _, level in publishing.ots.placed[placed:]] == [
        step.level for step in found.steps if step.action is Action.PLACE
    ]
    assert {step.action for step in plan(publishing).steps} == {Action.KEEP}


def test_orders_of_others_are_no_part_of_a_plan(publishing: Publishing) -> None:
    publishing.ots.place_manually(Side.SELL, Level(CENT, NDAU))
    assert plan(publishing).count(Action.CANCEL) == 0


def test_an_exchange_that_does_not_answer_is_an_obstacle(publishing: Publishing) -> None:
    publishing.ots.fail_next("open_orders", ExchangeUnavailable("it is down"))
    assert plan(publishing) == Plan(NAME, obstacle="it is down")
