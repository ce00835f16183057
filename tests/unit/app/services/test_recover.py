from collections.abc import Iterator

import pytest

from app.domain.errors import ChainRejected, ChainUnavailable, OutcomeUnknown
from app.domain.fills import Side
from app.domain.halts import Scope
from app.domain.issuances import IssuanceState
from app.domain.money import NANOCENTS_PER_DOLLAR
from app.domain.offers import Level
from app.services.learn_issues import is_behind
from app.services.push_offers import PushOutcome
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.publishing import NAME
from tests.unit.app.services.restoring import Restoring, fresh_restoring


@pytest.fixture(params=[True, False], ids=["ids-kept", "no-ids"])
def world(ledgers: Ledgers, request: pytest.FixtureRequest) -> Iterator[Restoring]:
    with fresh_restoring(ledgers, keeps_client_order_ids=request.param) as restoring:
        yield restoring


def test_an_old_ledger_learns_what_it_forgot_and_nothing_is_issued_again(world: Restoring) -> None:
    world.sell(5 * NDAU)
    world.back_up()
    for quantity in (7, 600, 900, 3):
        world.sell(quantity * NDAU)
    submitted = list(world.issuing.chain.submitted)
    world.restore()
    assert is_behind(world.publishing.ledger, world.publishing.chain)
    world.go_on()
    assert world.issuing.chain.submitted == submitted
    learnt = [each for each in world.issuing.issuances if each.learned_at]
    assert [each.quantity_napu for each in learnt] == [7 * NDAU, 600 * NDAU, 900 * NDAU, 3 * NDAU]
    world.check()
    world.sell(NDAU)
    world.go_on()
    world.check()


def test_what_was_sold_since_the_last_forgotten_issue_is_issued_once(world: Restoring) -> None:
    world.back_up()
    world.sell(700 * NDAU)
    world.publishing.buy(2 * NDAU)
    world.publishing.buy(400 * NDAU)
    world.restore()
    world.go_on()
    assert sum(quantity for quantity, _ in world.issuing.chain.submitted) == 1_102 * NDAU
    world.check()


def test_sales_that_waited_when_the_copy_was_made_and_are_issued_since_are_not_issued_again(world: Restoring) -> None:
    world.publishing.buy(7 * NDAU)
    world.publishing.record()
    world.back_up()
    world.go_on()
    world.sell(5 * NDAU)
    world.restore()
    world.go_on()
    assert [quantity for quantity, _ in world.issuing.chain.submitted] == [7 * NDAU, 5 * NDAU]
    world.check()


def test_an_issuance_that_was_open_when_the_copy_was_made_is_found_on_the_chain(world: Restoring) -> None:
    world.publishing.buy(7 * NDAU)
    world.publishing.record()
    world.issuing.chain.fail_next("submit_issue", ChainUnavailable("away"))
    world.issuing.run()
    world.back_up()
    world.go_on()
    world.sell(5 * NDAU)
    world.restore()
    world.go_on()
    world.check()


def test_a_transaction_that_was_signed_and_never_sent_is_the_one_that_is_sent(world: Restoring) -> None:
    world.back_up()
    world.publishing.buy(7 * NDAU)
    world.publishing.record()
    world.issuing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"))
    world.issuing.run()
    assert world.issuing.signer.signed == {1: 7 * NDAU}
    world.restore()
    world.publishing.buy(30 * NDAU)
    world.go_on()
    assert world.issuing.chain.submitted == [(7 * NDAU, 1), (30 * NDAU, 2)]
    world.check()


def test_until_everything_is_learnt_nothing_is_published_or_issued(world: Restoring) -> None:
    world.back_up()
    world.sell(7 * NDAU)
    world.issuing.chain.index_lags = True
    world.sell(8 * NDAU)
    world.restore()
    for _ in range(8):
        assert "sequence 2" in world.round().waiting
    assert world.publishing.push().outcome is PushOutcome.HALTED
    assert world.publishing.decide().waiting.startswith("nothing is published until the ledger has recovered")
    world.issuing.chain.catch_up()
    world.go_on()
    world.check()


def test_an_exchange_that_cannot_be_read_keeps_the_recovery_open(world: Restoring) -> None:
    world.back_up()
    world.sell(7 * NDAU)
    world.restore()
    world.issuing.run()
    assert world.issuing.run().waiting == "the ledger is recovering; still to be read: north"


def test_a_signed_transaction_that_the_chain_refused_and_another_replaced_is_no_issue(world: Restoring) -> None:
    world.back_up()
    world.publishing.buy(7 * NDAU)
    world.publishing.record()
    world.issuing.chain.fail_next("submit_issue", ChainRejected("no"))
    world.issuing.run()
    world.issuing.chain.issue_elsewhere(2 * NDAU, sequence=60)
    world.restore()
    world.issuing.run()
    (halt,) = world.publishing.ledger.halts.active()
    assert "somebody else issued 200000000 napu with sequence 60" in halt.why
    world.go_on()
    assert world.issuing.chain.submitted == [(7 * NDAU, 61)]
    world.check()


def test_an_operators_own_sells_are_not_taken_for_forgotten_offers(world: Restoring) -> None:
    world.back_up()
    world.sell(7 * NDAU)
    world.publishing.ots.place_manually(Side.SELL, Level(NANOCENTS_PER_DOLLAR // 2, NDAU))
    world.publishing.buy(NDAU)
    world.restore()
    world.go_on()
    kinds = [kind for _, _, kind in world.publishing.ledger.fills.recent(10)]
    assert sorted(kinds) == ["sale", "unclaimed"]
    assert world.issuing.chain.submitted == [(7 * NDAU, 1)]


def test_an_old_ledger_that_forgot_no_issue_but_offers_adopts_those_that_say_whose_they_are(
    ledgers: Ledgers,
) -> None:
    with fresh_restoring(ledgers, keeps_client_order_ids=True) as world:
        world.back_up()
        world.publishing.ledger.halts.halt(Scope.ISSUING, None, who="ann", why="night")
        world.sell(700 * NDAU)
        world.sell(400 * NDAU)
        world.restore()
        world.publishing.ledger.recovery.begin(world.publishing.clock.now(), "restored")
        world.go_on()
        assert [each.state for each in world.issuing.issuances] == [IssuanceState.ISSUED]
        world.check()


def test_an_order_whose_outcome_the_copy_did_not_know_is_found_even_when_it_is_sold_out(world: Restoring) -> None:
    ots = world.publishing.ots
    world.sell(5 * NDAU)
    world.publishing.buy(995 * NDAU)
    world.publishing.record()
    ots.fail_next("place_offer", OutcomeUnknown("timeout"), after_effect=True)
    world.publishing.publish()
    world.publishing.buy(3_000 * NDAU)
    world.publishing.record()
    assert world.publishing.ledger.fills.unclaimed_napu(NAME) == 1_000 * NDAU
    # Its price is one of the past when the copy is made.
    world.issuing.chain.issue_elsewhere(50_000 * NDAU)
    world.publishing.decide()
    world.back_up()
    copied_at = world.publishing.clock.now()
    world.go_on()
    world.restore()
    world.publishing.ledger.recovery.begin(copied_at, "restored")
    world.go_on()
    assert world.publishing.ledger.fills.unclaimed_napu(NAME) == 0
    world.check()
