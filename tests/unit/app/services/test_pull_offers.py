from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from app.domain.errors import (
    AuthenticationFailed,
    ExchangeRejected,
    ExchangeUnavailable,
    InvalidInput,
    MeicError,
    OutcomeUnknown,
    RateLimited,
)
from app.domain.fills import Side
from app.domain.halts import Scope
from app.domain.offers import Level
from app.services.pull_offers import PullReport, pull_offers
from app.services.push_offers import PushOutcome
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.publishing import NAME, RULES, Publishing, fresh_publishing

CENT = 10**9


@dataclass(slots=True)
class Pulling:
    """A publishing world in which an operator halts and pulls."""

    publishing: Publishing

    def halt(self) -> None:
        self.publishing.ledger.halts.halt(Scope.PUBLISHING, NAME, who="ann", why="odd")

    def pull(self) -> PullReport:
        world = self.publishing
        return pull_offers(world.ledger, world.ots, world.clock, RULES, who="ann", why="odd")

    def resume_and_publish(self) -> None:
        self.publishing.ledger.halts.lift(Scope.PUBLISHING, NAME, who="ann", why="mended")
        self.publishing.publish_until_done()
        self.publishing.check()


@pytest.fixture(params=[True, False], ids=["client order ids", "no client order ids"])
def world(ledgers: Ledgers, request: pytest.FixtureRequest) -> Iterator[Pulling]:
    """Two offers are open, and publishing is halted by then."""
    with fresh_publishing(ledgers, keeps_client_order_ids=request.param) as publishing:
        publishing.publish()
        pulling = Pulling(publishing)
        pulling.halt()
        yield pulling


def test_every_offer_is_cancelled_and_closed_and_publishing_puts_them_back_when_it_is_resumed(world: Pulling) -> None:
    report = world.pull()
    assert report == PullReport(NAME, pulled=2)
    assert report.is_done
    assert world.publishing.offered == ()
    assert world.publishing.ledger.offers.live_offers(NAME) == []
    (publication,) = world.publishing.ledger.offers.publications()
    assert publication.error == "offers were pulled by ann: odd"
    assert world.publishing.push().outcome is PushOutcome.HALTED
    world.resume_and_publish()


def test_pulling_again_finds_nothing_to_do(world: Pulling) -> None:
    world.pull()
    assert world.pull() == PullReport(NAME)


def test_without_a_halt_nothing_is_pulled_since_it_would_be_placed_again(world: Pulling) -> None:
    world.publishing.ledger.halts.lift(Scope.PUBLISHING, NAME, who="ann", why="mended")
    with pytest.raises(InvalidInput, match="publishing on north is not halted"):
        world.pull()
    assert len(world.publishing.offered) == 2


def test_a_halt_everywhere_is_a_halt_there(world: Pulling) -> None:
    world.publishing.ledger.halts.lift(Scope.PUBLISHING, NAME, who="ann", why="mended")
    world.publishing.ledger.halts.halt(Scope.PUBLISHING, None, who="ann", why="all")
    assert world.pull().is_done


def test_what_sells_until_the_cancel_is_final_is_recorded(world: Pulling) -> None:
    publishing = world.publishing
    publishing.buy(100 * NDAU)
    publishing.ots.cancels_wait = True

    def buy_then_finish() -> None:
        publishing.buy(200 * NDAU)
        publishing.ots.finish_cancels()

    publishing.clock.after_wait = buy_then_finish
    report = world.pull()
    assert (report.is_done, report.has_new_sales) == (True, True)
    assert publishing.ledger.fills.totals().sold_napu == 300 * NDAU
    publishing.ots.cancels_wait = False
    world.resume_and_publish()


def test_what_was_sold_out_before_is_closed_with_its_fills(world: Pulling) -> None:
    world.publishing.buy(1500 * NDAU)
    assert world.pull() == PullReport(NAME, pulled=2, has_new_sales=True)
    assert world.publishing.ledger.fills.totals().sold_napu == 1500 * NDAU


def test_orders_of_a_hand_are_left_alone(world: Pulling) -> None:
    order = world.publishing.ots.place_manually(Side.SELL, Level(90 * CENT, 5 * NDAU))
    world.pull()
    assert [each.exchange_order_id for each in world.publishing.ots.open_orders()] == [order]


@pytest.mark.parametrize("method", ["cancel_order", "open_orders", "order"])
@pytest.mark.parametrize(
    "error",
    [
        ExchangeUnavailable("away"),
        RateLimited("slower", retry_after_seconds=1),
        OutcomeUnknown("timeout"),
        ExchangeRejected("no"),
    ],
)
def test_what_fails_once_is_tried_again(world: Pulling, method: str, error: MeicError) -> None:
    for _ in range(2):
        world.publishing.ots.fail_next(method, error)
    assert world.pull().is_done
    assert world.publishing.offered == ()


def test_one_that_cannot_be_cancelled_keeps_no_other_open(world: Pulling, monkeypatch: pytest.MonkeyPatch) -> None:
    publishing = world.publishing
    stubborn = publishing.ots.our_orders[0].exchange_order_id
    cancel = publishing.ots.cancel_order

    def refuse(exchange_order_id: str) -> None:
        if exchange_order_id == stubborn:
            raise ExchangeRejected("not now")
        cancel(exchange_order_id)

    monkeypatch.setattr(publishing.ots, "cancel_order", refuse)
    report = world.pull()
    assert (report.pulled, report.still_open, report.problem, report.is_done) == (1, 1, "not now", False)
    assert [order.exchange_order_id for order in publishing.ots.our_orders] == [stubborn]
    monkeypatch.undo()
    assert world.pull() == PullReport(NAME, pulled=1)


def test_an_exchange_that_is_away_all_the_time_leaves_all_open_and_says_so(
    world: Pulling, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise ExchangeUnavailable("north is away")

    for method in ("cancel_order", "open_orders", "order"):
        monkeypatch.setattr(world.publishing.ots, method, away)
    began = world.publishing.clock.now()
    report = world.pull()
    assert (report.pulled, report.still_open, report.problem) == (0, 2, "north is away")
    assert 30 <= (world.publishing.clock.now() - began).total_seconds() < 45
    monkeypatch.undo()
    assert world.pull().is_done


def test_a_key_that_is_not_accepted_is_not_tried_again(world: Pulling, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AuthenticationFailed("wrong key")

    monkeypatch.setattr(world.publishing.ots, "open_orders", refuse)
    began = world.publishing.clock.now()
    assert world.pull().problem == "wrong key"
    assert world.publishing.clock.now() == began


@pytest.fixture
def unseen(world: Pulling) -> Pulling:
    """An offer is placed with an unknown outcome, right before the halt."""
    publishing = world.publishing
    publishing.ledger.halts.lift(Scope.PUBLISHING, NAME, who="ann", why="one more")
    publishing.sell_elsewhere(2500 * NDAU)
    publishing.ots.fail_next("place_offer", OutcomeUnknown("timeout"), after_effect=True)
    assert publishing.publish().outcome is PushOutcome.FAILED
    assert "intended" in [offer.state for offer in publishing.ledger.offers.live_offers(NAME)]
    world.halt()
    return world


def test_an_order_whose_placing_had_an_unknown_outcome_is_found_and_cancelled(unseen: Pulling) -> None:
    report = unseen.pull()
    assert (report.is_done, report.unseen) == (True, 0)
    assert unseen.publishing.offered == ()
    unseen.resume_and_publish()


def test_one_that_appears_late_is_waited_for(unseen: Pulling, monkeypatch: pytest.MonkeyPatch) -> None:
    publishing = unseen.publishing
    appears_at = publishing.clock.now().timestamp() + 8
    find: Callable[..., object] = publishing.ots.find_orders
    open_orders: Callable[[], object] = publishing.ots.open_orders
    hidden = publishing.ots.our_orders[-1].exchange_order_id

    def late(orders: object) -> object:
        if publishing.clock.now().timestamp() >= appears_at:
            return orders
        return tuple(order for order in orders if order.exchange_order_id != hidden)  # type: ignore[attr-defined]

    monkeypatch.setattr(publishing.ots, "find_orders", lambda *arguments: late(find(*arguments)))
    monkeypatch.setattr(publishing.ots, "open_orders", lambda: late(open_orders()))
    assert unseen.pull().is_done
    assert publishing.clock.now().timestamp() >= appears_at
    assert publishing.offered == ()


def test_one_that_never_appears_is_given_up_after_its_time_and_counted(world: Pulling) -> None:
    publishing = world.publishing
    publishing.ledger.halts.lift(Scope.PUBLISHING, NAME, who="ann", why="one more")
    publishing.sell_elsewhere(2500 * NDAU)
    publishing.ots.fail_next("place_offer", OutcomeUnknown("timeout"))
    publishing.publish()
    world.halt()
    report = world.pull()
    assert (report.is_done, report.unseen, report.still_open) == (True, 1, 0)
    assert publishing.offered == ()


def test_a_push_under_way_is_waited_for_and_one_that_does_not_end_is_told(world: Pulling) -> None:
    ledger = world.publishing.ledger
    with ledger.leases.hold(f"offers:{NAME}", 3600):
        report = world.pull()
        assert (report.pulled, report.still_open) == (0, 2)
        assert "another process is publishing there" in report.problem
        assert len(world.publishing.offered) == 2
    lease = ledger.leases.hold(f"offers:{NAME}", 10)
    assert lease.__enter__() is not None
    assert world.pull().is_done


def test_a_push_under_way_places_nothing_more_once_publishing_is_halted(publishing: Publishing) -> None:
    pulling = Pulling(publishing)

    def halt(_: Level) -> None:
        publishing.ots.after_placing = lambda _: None
        pulling.halt()

    publishing.ots.after_placing = halt
    report = publishing.publish()
    assert (report.outcome, report.message) == (PushOutcome.FAILED, "publishing is halted by ann: odd")
    assert len(publishing.ots.placed) == 1
    assert [offer.state for offer in publishing.ledger.offers.live_offers(NAME)] == ["open"]
    assert pulling.pull() == PullReport(NAME, pulled=1)
    pulling.resume_and_publish()


def test_the_rules_of_waiting_are_those_of_publishing(world: Pulling) -> None:
    world.publishing.ots.cancels_wait = True
    rules = replace(RULES, placing_grace_seconds=1, cancel_limit_seconds=1)
    publishing = world.publishing
    report = pull_offers(publishing.ledger, publishing.ots, publishing.clock, rules, who="ann", why="odd")
    assert report.still_open == 2
    assert "is still open 1 s after its cancel was asked for" in report.problem
