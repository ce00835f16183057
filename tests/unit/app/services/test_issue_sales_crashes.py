"""Whatever an issuer's process was doing when it died, or when another took over: each sale is issued exactly once."""

from collections.abc import Callable
from itertools import count

import pytest

from app.domain.errors import ChainRejected, OutcomeUnknown, SignerUnavailable
from app.domain.halts import Scope
from app.services.issue_sales import LEASE_SECONDS
from tests.unit.app.services.issuing import Issuing, fresh_issuing
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.steps import Death, Moment, Steps


def several_issuances(world: Issuing) -> None:
    world.sell(30 * NDAU, 50 * NDAU, 40 * NDAU)


def answer_lost(world: Issuing) -> None:
    world.sell(7 * NDAU)
    world.chain.fail_next("submit_issue", OutcomeUnknown("timeout"), after_effect=True)
    world.run()
    world.sell(8 * NDAU)


def request_lost(world: Issuing) -> None:
    world.sell(7 * NDAU)
    world.chain.fail_next("submit_issue", OutcomeUnknown("timeout"))
    world.run()
    world.sell(8 * NDAU)


def index_behind(world: Issuing) -> None:
    world.chain.index_lags = True
    answer_lost(world)


def sequence_taken(world: Issuing) -> None:
    world.sell(7 * NDAU)
    world.signer.fail_next(SignerUnavailable("away"))
    world.run()
    world.chain.issue_elsewhere(5 * NDAU)
    world.sell(8 * NDAU)


def refused_and_resumed(world: Issuing) -> None:
    world.sell(7 * NDAU)
    world.chain.fail_next("submit_issue", ChainRejected("no"))
    world.run()
    world.ledger.halts.lift(Scope.ISSUING, None, who="operator", why="mended")


SITUATIONS: dict[str, tuple[Callable[[Issuing], None], int]] = {
    # How it begins, and the least number of steps that issuing then takes: fewer would mean that little was tried.
    "several-issuances": (several_issuances, 25),
    "answer-lost": (answer_lost, 18),
    "request-lost": (request_lost, 20),
    "index-behind": (index_behind, 6),
    "sequence-taken": (sequence_taken, 18),
    "refused-and-resumed": (refused_and_resumed, 9),
}
EVERY_SITUATION = pytest.mark.parametrize("situation", SITUATIONS)

# To die before a call is to die after the one before it: between them only the memory that dies too has changed. So
# most of these try one moment of the two.


@EVERY_SITUATION
def test_an_issuer_may_be_killed_at_every_step(ledgers: Ledgers, situation: str) -> None:
    die_at_every_step(ledgers, situation, Moment.AFTER, Death.KILLED)


@pytest.mark.parametrize("moment", Moment)
def test_an_issuer_may_be_interrupted_at_every_step(ledgers: Ledgers, moment: Moment) -> None:
    die_at_every_step(ledgers, "several-issuances", moment, Death.INTERRUPTED)


def die_at_every_step(ledgers: Ledgers, situation: str, moment: Moment, death: Death) -> None:
    begin, least_steps = SITUATIONS[situation]
    for at in count(1):
        with fresh_issuing(ledgers) as world:
            begin(world)
            steps = Steps.dying(at, moment, death)
            world.run_and_die(steps)
            world.chain.catch_up()
            world.run_until_done()
            world.check()
            steps.bury()
        if not steps.was_reached:
            break
    assert at > least_steps


@EVERY_SITUATION
def test_an_issuer_may_be_overtaken_at_every_step(ledgers: Ledgers, situation: str) -> None:
    begin, least_steps = SITUATIONS[situation]
    for at in count(1):
        with fresh_issuing(ledgers) as world:
            begin(world)
            steps = Steps(at, Moment.AFTER, lambda _, world=world: overtake(world))  # type: ignore[misc]
            world.run(steps)
            world.chain.catch_up()
            world.run_until_done()
            world.check()
        if not steps.was_reached:
            break
    assert at > least_steps


def test_the_index_may_catch_up_at_every_step(ledgers: Ledgers) -> None:
    for at in count(1):
        with fresh_issuing(ledgers) as world:
            index_behind(world)
            steps = Steps(at, Moment.AFTER, lambda _, world=world: world.chain.catch_up())  # type: ignore[misc]
            world.run(steps)
            world.chain.catch_up()
            world.run_until_done()
            world.check()
        if not steps.was_reached:
            break
    assert at > SITUATIONS["index-behind"][1]


def overtake(world: Issuing) -> None:
    world.clock.wait(LEASE_SECONDS + 1)
    assert world.run().waiting != "another issuer is at work"
