from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.differences import Subject
from app.domain.errors import ChainUnavailable, ExchangeUnavailable
from app.domain.fills import FillPage
from app.domain.halts import Scope
from app.domain.issuances import IssuanceState
from app.domain.orders import OrderState
from app.services.reconcile import Reconciliation, halt_on_money, reconcile
from app.services.reconcile_exchange import record_missing
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.publishing import NAME
from tests.unit.app.services.restoring import Restoring, fresh_restoring


@pytest.fixture
def world(ledgers: Ledgers) -> Iterator[Restoring]:
    with fresh_restoring(ledgers, keeps_client_order_ids=True) as restoring:
        restoring.sell(5 * NDAU)
        restoring.sell(700 * NDAU)
        yield restoring


def look(world: Restoring, since: datetime | None = None) -> Reconciliation:
    publishing = world.publishing
    return reconcile(
        publishing.ledger, publishing.chain, [NAME], lambda _: publishing.ots, publishing.clock, since=since
    )


def test_what_agrees_has_no_difference_and_halts_nothing(world: Restoring) -> None:
    found = look(world)
    assert found == Reconciliation()
    halt_on_money(world.publishing.ledger, found)
    assert world.publishing.ledger.halts.active() == []
    assert world.publishing.ledger.events.recent(1)[0].kind == "Reconciled"


@pytest.mark.parametrize("found", [Reconciliation(unread=(("north", "down"),)), Reconciliation(waiting="recovering")])
def test_that_nothing_differs_is_no_event_where_not_all_was_compared(world: Restoring, found: Reconciliation) -> None:
    halt_on_money(world.publishing.ledger, found)
    assert "Reconciled" not in {event.kind for event in world.publishing.ledger.events.recent(1000)}


def test_sales_and_issues_under_way_are_no_difference(world: Restoring) -> None:
    world.publishing.buy(3 * NDAU)
    world.publishing.record()
    world.issuing.chain.fail_next("submit_issue", ChainUnavailable("away"))
    world.issuing.run()
    assert look(world) == Reconciliation()
    world.publishing.clock.after_wait = lambda: world.publishing.buy(NDAU)
    assert look(world) == Reconciliation()


def test_a_fill_that_the_ledger_lacks_is_a_difference_in_money_and_halts_issuing(world: Restoring) -> None:
    publishing = world.publishing
    publishing.buy(3 * NDAU)
    lost = publishing.ots.our_fills[-1]
    publishing.ledger.fills.record(NAME, FillPage((), str(len(publishing.ots.our_fills))))
    found = look(world)
    (difference,) = found.differences
    assert (difference.subject, difference.which, difference.ledger) == (Subject.FILL, lost.fill_id, "")
    assert difference.other == "sell of 300000000 napu at $1"
    halt_on_money(publishing.ledger, found)
    (halt,) = publishing.ledger.halts.active()
    assert (halt.scope, halt.who) == (Scope.ISSUING, "reconciler")
    assert lost.fill_id in halt.why
    assert publishing.ledger.events.recent(2)[1].kind == "DifferencesFound"

    assert record_missing(publishing.ledger, publishing.ots, since=None) == 1
    assert look(world) == Reconciliation()
    publishing.ledger.halts.lift(Scope.ISSUING, None, who="ann", why="recorded")
    world.go_on()
    world.check()


def test_a_fill_that_the_exchange_does_not_know_is_a_difference_in_money(world: Restoring) -> None:
    publishing = world.publishing
    publishing.ots._fills.pop(0)
    (difference,) = look(world).differences
    assert (difference.subject, difference.other, difference.is_money) == (Subject.FILL, "", True)
    assert difference.ledger == "sell of 500000000 napu at $1, sale"


def test_a_fill_that_the_exchange_altered_is_a_difference_in_money(world: Restoring) -> None:
    fills = world.publishing.ots._fills
    fills[0] = replace(fills[0], quantity_napu=NDAU)
    (difference,) = look(world).differences
    assert difference.is_money
    assert difference.other.startswith("sell of 100000000 napu at $1 of order")


def test_only_what_was_executed_since_the_time_asked_for_is_compared(world: Restoring) -> None:
    world.publishing.ots._fills.pop(0)
    world.publishing.ots._fills.pop(0)
    now = world.publishing.clock.now()
    assert look(world, since=now + timedelta(seconds=60)) == Reconciliation()


def test_an_issue_that_nobody_has_learnt_of_is_a_difference_in_total_and_in_the_index(world: Restoring) -> None:
    world.issuing.chain.issue_elsewhere(9 * NDAU)
    differences = look(world).differences
    assert [(each.subject, each.which == "totalIssued", each.is_money) for each in differences] == [
        (Subject.CHAIN, True, True),
        (Subject.ISSUANCE, False, True),
    ]
    world.round()
    assert look(world) == Reconciliation()


def test_an_issuance_that_is_not_on_the_chain_is_a_difference_in_money(world: Restoring) -> None:
    gone = world.issuing.chain.committed[0]
    world.issuing.chain._indexed.remove(gone)
    (difference,) = look(world).differences
    assert (difference.subject, difference.which, difference.other) == (Subject.ISSUANCE, gone.tx_hash, "")
    assert difference.is_money


def test_an_issuance_that_the_index_does_not_show_yet_is_none(world: Restoring) -> None:
    world.issuing.chain.index_lags = True
    world.sell(NDAU)
    assert world.issuing.states[-1] == IssuanceState.ISSUED
    assert look(world) == Reconciliation()
    world.publishing.clock.wait(700)
    assert [each.subject for each in look(world).differences] == [Subject.ISSUANCE]


def test_offers_that_differ_are_listed_and_halt_nothing(world: Restoring) -> None:
    ots = world.publishing.ots
    order = ots.our_orders[0]
    ots._orders[order.exchange_order_id] = replace(order, state=OrderState.CANCELLED)
    found = look(world)
    (difference,) = found.differences
    assert (difference.subject, difference.which, difference.is_money) == (
        Subject.OFFER,
        order.exchange_order_id,
        False,
    )
    halt_on_money(world.publishing.ledger, found)
    assert world.publishing.ledger.halts.active() == []


def test_what_does_not_answer_is_named_and_the_rest_is_compared(world: Restoring) -> None:
    world.publishing.ots.fail_next("read_fills", ExchangeUnavailable("down"))
    world.issuing.chain.issue_elsewhere(9 * NDAU)
    found = look(world)
    assert found.unread == ((NAME, "down"),)
    assert {each.where for each in found.differences} == {"chain"}


def test_while_the_ledger_recovers_nothing_is_compared(world: Restoring) -> None:
    world.publishing.ledger.recovery.begin(world.publishing.clock.now(), "restored")
    assert look(world) == Reconciliation(waiting="the ledger is recovering: restored")
