"""Whatever a publisher's process was doing when it died: never too much on offer, never too cheap, right in the end.

Each placement is checked when it is made; what was placed before a sale elsewhere is the market's own delay.
"""

from collections.abc import Callable
from itertools import count

import pytest

from app.domain.errors import ExchangeUnavailable, OutcomeUnknown
from app.services.push_offers import LEASE_SECONDS
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.publishing import Publishing, fresh_publishing
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
    "first-publication": (first_publication, 18),
    "sold-out-level": (sold_out_level, 25),
    "sold-elsewhere": (sold_elsewhere, 25),
    "issued-by-others": (issued_by_others, 30),
    "bought-while-cancelling": (bought_while_cancelling, 30),
    "answer-of-placing-lost": (answer_of_placing_lost, 20),
    "placing-lost": (placing_lost, 15),
    "exchange-flickers": (exchange_flickers, 25),
}
EVERY_SITUATION = pytest.mark.parametrize("situation", SITUATIONS)
EVERY_MOMENT = pytest.mark.parametrize("moment", Moment)


@pytest.mark.parametrize("keeps_client_order_ids", [True, False], ids=["ids-kept", "ids-lost"])
@EVERY_MOMENT
@EVERY_SITUATION
def test_a_publisher_may_be_killed_at_every_step(
    ledgers: Ledgers, situation: str, moment: Moment, keeps_client_order_ids: bool
) -> None:
    die_at_every_step(ledgers, situation, moment, Death.KILLED, keeps_client_order_ids=keeps_client_order_ids)


@EVERY_MOMENT
def test_a_publisher_may_be_interrupted_at_every_step(ledgers: Ledgers, moment: Moment) -> None:
    die_at_every_step(ledgers, "sold-elsewhere", moment, Death.INTERRUPTED, keeps_client_order_ids=True)


def die_at_every_step(
    ledgers: Ledgers, situation: str, moment: Moment, death: Death, *, keeps_client_order_ids: bool
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


@EVERY_MOMENT
@EVERY_SITUATION
def test_a_publisher_may_be_overtaken_at_every_step(ledgers: Ledgers, situation: str, moment: Moment) -> None:
    begin, least_steps = SITUATIONS[situation]
    for at in count(1):
        with fresh_publishing(ledgers) as world:
            begin(world)
            world.decide()
            steps = Steps(at, moment, lambda _, world=world: overtake(world))  # type: ignore[misc]
            world.push(steps)
            settle_down(world)
        if not steps.was_reached:
            break
    assert at > least_steps


def overtake(world: Publishing) -> None:
    world.clock.wait(LEASE_SECONDS + 1)
    world.publish()


def settle_down(world: Publishing) -> None:
    world.publish_until_done()
    world.ots.finish_cancels()
    world.publish_until_done()
    world.check()
