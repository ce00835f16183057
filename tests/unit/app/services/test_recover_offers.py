"""What becomes of offers that were sent and not seen."""

from collections.abc import Iterator

import pytest

from app.domain.errors import OutcomeUnknown
from app.domain.ledger import OfferState
from app.domain.offers import Level
from app.services.push_offers import PushOutcome
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.publishing import NAME, RULES, Publishing, fresh_publishing

TIMEOUT = OutcomeUnknown("timeout")


@pytest.fixture(params=[True, False], ids=["ids-kept", "ids-lost"])
def world(request: pytest.FixtureRequest, ledgers: Ledgers) -> Iterator[Publishing]:
    with fresh_publishing(ledgers, keeps_client_order_ids=request.param) as world:
        yield world


class Delayed:
    """An exchange that answers a placement with a timeout, and takes it when it is told to."""

    def __init__(self, world: Publishing, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ots = world.ots
        self._place = world.ots.place_offer
        self._request: tuple[str, Level] | None = None
        self._monkeypatch = monkeypatch

    def delay_next(self) -> None:
        def place(client_order_id: str, level: Level) -> str:
            self._monkeypatch.setattr(self._ots, "place_offer", self._place)
            self._request = client_order_id, level
            raise TIMEOUT

        self._monkeypatch.setattr(self._ots, "place_offer", place)

    def arrive(self) -> None:
        assert self._request is not None
        self._place(*self._request)


def states(world: Publishing) -> list[str]:
    return [str(offer.state) for offer in world.ledger.offers.live_offers(NAME)]


def test_a_placing_of_unknown_outcome_that_took_effect_is_adopted(world: Publishing) -> None:
    world.ots.fail_next("place_offer", TIMEOUT, after_effect=True)
    assert world.publish().outcome is PushOutcome.FAILED
    assert sorted(states(world)) == ["intended", "open"]
    assert world.publish().outcome is PushOutcome.PUBLISHED
    assert len(world.ots.placed) == 2
    world.check()


def test_while_an_order_may_still_appear_nothing_is_placed(world: Publishing) -> None:
    world.ots.fail_next("place_offer", TIMEOUT)
    world.publish()
    placed = len(world.ots.placed)
    world.clock.wait(RULES.placing_grace_seconds)
    report = world.publish()
    assert report.outcome is PushOutcome.WAITING
    assert "nothing is placed until" in report.message
    assert len(world.ots.placed) == placed


def test_a_placing_that_never_appears_is_given_up_after_the_grace_and_made_anew(world: Publishing) -> None:
    world.ots.fail_next("place_offer", TIMEOUT)
    world.publish()
    world.clock.wait(RULES.placing_grace_seconds + 1)
    assert world.publish().outcome is PushOutcome.PUBLISHED
    assert states(world) == ["open", "open"]
    world.check()


def test_what_appears_after_it_was_given_up_is_adopted_and_taken_back(
    world: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    delayed = Delayed(world, monkeypatch)
    delayed.delay_next()
    world.publish()
    world.clock.wait(RULES.placing_grace_seconds + 1)
    world.publish()
    world.ots.after_placing = lambda _: None
    delayed.arrive()
    assert world.offered != world.due
    world.publish()
    world.check()


def test_what_appears_after_it_was_given_up_and_sells_out_at_once_is_a_sale_all_the_same(
    world: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    delayed = Delayed(world, monkeypatch)
    delayed.delay_next()
    world.publish()
    world.clock.wait(RULES.placing_grace_seconds + 1)
    world.publish()
    world.ots.after_placing = lambda _: None
    delayed.arrive()
    world.buy(4000 * NDAU)
    world.publish_until_done()
    assert world.ledger.fills.totals().sold_napu == 4000 * NDAU
    world.check()


def test_what_an_order_sells_before_its_id_is_known_becomes_a_sale_when_it_is(world: Publishing) -> None:
    world.ots.fail_next("place_offer", TIMEOUT, after_effect=True)
    world.publish()
    world.buy(30 * NDAU)
    world.record()
    assert world.ledger.fills.totals().sold_napu == 0
    assert [kind for _, _, kind in world.ledger.fills.recent(5)] == ["unclaimed"]
    report = world.publish()
    assert report.has_new_sales
    assert world.ledger.fills.totals().sold_napu == 30 * NDAU
    world.check()


def test_what_is_bought_the_moment_it_is_placed_is_a_sale(world: Publishing) -> None:
    bought: list[Level] = []

    def buy_at_once(level: Level) -> None:
        bought.append(level)
        world.buy(30 * NDAU)
        world.record()

    world.ots.after_placing = buy_at_once
    report = world.publish()
    assert report.has_new_sales
    assert world.ledger.fills.totals().sold_napu == 30 * NDAU * len(bought)
    world.publish_until_done()
    world.check()


def test_two_lost_offers_of_one_price_and_quantity_get_an_order_each(
    world: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    delayed = Delayed(world, monkeypatch)
    delayed.delay_next()
    world.publish()
    world.clock.wait(RULES.placing_grace_seconds + 1)
    world.ots.fail_next("place_offer", TIMEOUT, after_effect=True)
    world.publish()
    world.ots.after_placing = lambda _: None
    delayed.arrive()
    world.publish_until_done()
    world.check()
    assert {offer.state for offer in world.ledger.offers.live_offers(NAME)} == {OfferState.OPEN}
