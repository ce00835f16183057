"""Whatever a publisher's process was doing when it died: never too much on offer, never too cheap, right in the end.

Each placement is checked when it is made; what was placed before a sale elsewhere is the market's own delay.
"""

from collections.abc import Callable
from itertools import count

import pytest

from app.domain.errors import ExchangeUnavailable, OutcomeUnknown
from app.services.publisher import LEASE_SECONDS
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.publishing import RULES, Publishing, fresh_publishing
from tests.unit.app.services.steps import Death, Moment, Steps


def first_publication(world: Publishing) -> None:
    world.decide()


def sold_out_level(world: Publishing) -> None:
    world.publish_until_done()
    world.buy(1_200 * NDAU)


def sold_elsewhere(world: Publishing) -> None:
    world.publish_until_done()
    world.sell_elsewhere(1_300 * NDAU)


def issued_by_others(world: Publishing) -> None:
    world.publish_until_done()
    world.chain.issue_elsewhere(2_500 * NDAU)


def bought_while_cancelling(world: Publishing) -> None:
    sold_elsewhere(world)
    world.ots.cancels_wait = True

    def buy_then_finish() -> None:
        world.clock.after_wait = world.ots.finish_cancels
        world.buy(60 * NDAU)

    world.clock.after_wait = buy_then_finish


def answer_of_placing_lost(world: Publishing) -> None:
    world.ots.fail_next("place_offer", OutcomeUnknown("timeout"), after_effect=True)
    world.publish()
    world.buy(30 * NDAU)


def placing_lost(world: Publishing) -> None:
    world.ots.fail_next("place_offer", OutcomeUnknown("timeout"))
    world.publish()
    world.buy(30 * NDAU)


def exchange_flickers(world: Publishing) -> None:
    sold_elsewhere(world)
    world.ots.fail_next("cancel_order", OutcomeUnknown("timeout"), after_effect=True)
    world.ots.fail_next("place_offer", ExchangeUnavailable("busy"))


SITUATIONS: dict[str, tuple[Callable[[Publishing], None], int]] = {
    # How it begins, and the least number of steps that one push then takes: fewer would mean that little was tried.
    "first-publication": (first_publication, 15),
    "sold-out-level": (sold_out_level, 20),
    "sold-elsewhere": (sold_elsewhere, 20),
    "issued-by-others": (issued_by_others, 20),
    "bought-while-cancelling": (bought_while_cancelling, 30),
    "answer-of-placing-lost": (answer_of_placing_lost, 20),
    "placing-lost": (placing_lost, 15),
    "exchange-flickers": (exchange_flickers, 20),
}
EVERY_SITUATION = pytest.mark.parametrize("situation", SITUATIONS)

# To die before a call is to die after the one before it: between them only the memory that dies too has changed. So
# most of these try one moment of the two.


@EVERY_SITUATION
def test_a_publisher_may_be_killed_at_every_step(ledgers: Ledgers, situation: str) -> None:
    die_at_every_step(ledgers, situation, Moment.AFTER, Death.KILLED)


@pytest.mark.parametrize("situation", ["first-publication", "sold-elsewhere", "answer-of-placing-lost"])
def test_a_publisher_may_be_killed_at_every_step_where_the_exchange_keeps_no_client_order_ids(
    ledgers: Ledgers, situation: str
) -> None:
    die_at_every_step(ledgers, situation, Moment.AFTER, Death.KILLED, keeps_client_order_ids=False)


@pytest.mark.parametrize("moment", Moment)
def test_a_publisher_may_be_interrupted_at_every_step(ledgers: Ledgers, moment: Moment) -> None:
    die_at_every_step(ledgers, "sold-elsewhere", moment, Death.INTERRUPTED)


def die_at_every_step(
    ledgers: Ledgers, situation: str, moment: Moment, death: Death, *, keeps_client_order_ids: bool = True
) -> None:
    begin, least_steps = SITUATIONS[situation]
    for at in count(1):
        with fresh_publishing(ledgers, keeps_client_order_ids=keeps_client_order_ids) as world:
            begin(world)
            steps = Steps.dying(at, moment, death)
            world.publish_and_die(steps)
            settle_down(world)
            steps.bury()
        if not steps.was_reached:
            break
    assert at > least_steps


@EVERY_SITUATION
def test_a_publisher_may_be_overtaken_at_every_step(ledgers: Ledgers, situation: str) -> None:
    begin, least_steps = SITUATIONS[situation]
    for at in count(1):
        with fresh_publishing(ledgers) as world:
            begin(world)
            world.decide()
            steps = Steps(at, Moment.AFTER, lambda _, world=world: overtake(world))  # type: ignore[misc]
            world.push(steps)
            settle_down(world)
        if not steps.was_reached:
            break
    assert at > least_steps


@EVERY_SITUATION
def test_a_publisher_may_be_stopped_for_long_at_every_step_and_places_nothing_more(
    ledgers: Ledgers, situation: str
) -> None:
    begin, least_steps = SITUATIONS[situation]
    for at in count(1):
        with fresh_publishing(ledgers) as world:
            begin(world)
            world.decide()
            steps = Steps(at, Moment.AFTER, lambda _, world=world: outlast(world))  # type: ignore[misc]
            world.push(steps)
            settle_down(world)
        if not steps.was_reached:
            break
    assert at > least_steps


def outlast(world: Publishing) -> None:
    """Stop until the successor has given up what was committed and not sent, and has published in its place."""
    world.clock.wait(LEASE_SECONDS + RULES.placing_grace_seconds + 1)
    for _ in range(3):
        world.publish()
        world.ots.finish_cancels()


def overtake(world: Publishing) -> None:
    world.clock.wait(LEASE_SECONDS + 1)
    world.publish()


def settle_down(world: Publishing) -> None:
    world.publish_until_done()
    if world.ots.cancels_wait:
        world.ots.finish_cancels()
        world.publish_until_done()
    world.check()
