from dataclasses import replace

import pytest

from app.domain.errors import (
    AuthenticationFailed,
    ExchangeRejected,
    ExchangeUnavailable,
    MeicError,
    OutcomeUnknown,
    RateLimited,
)
from app.domain.fills import Side
from app.domain.halts import Scope
from app.domain.offers import Level
from app.services.push_offers import PushOutcome
from tests.fakes.ots import CENT_MARKET
from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.publishing import NAME, Publishing, fresh_publishing

CENT = 10**9

FINE_MARKET = replace(CENT_MARKET, price_tick_nanocents=CENT // 100)
"""Each block has a price of its own."""


def error_of(publishing: Publishing) -> str:
    (publication,) = (each for each in publishing.ledger.offers.publications() if each.exchange == NAME)
    return publication.error


def test_the_first_publication_shows_the_stack_rounded_to_the_market(publishing: Publishing) -> None:
    report = publishing.publish()
    assert (report.outcome, report.has_new_sales, report.message) == (PushOutcome.PUBLISHED, False, "")
    assert publishing.offered == (Level(100 * CENT, 1000 * NDAU), Level(101 * CENT, 2000 * NDAU))
    publishing.check()


def test_pushing_again_changes_nothing(publishing: Publishing) -> None:
    publishing.publish()
    placed = list(publishing.ots.placed)
    assert publishing.publish().outcome is PushOutcome.PUBLISHED
    assert publishing.ots.placed == placed


def test_without_a_decision_nothing_is_offered(publishing: Publishing) -> None:
    assert publishing.push(generation=0).outcome is PushOutcome.SUPERSEDED
    assert publishing.offered == ()


def test_a_sale_of_a_part_is_not_offered_again(publishing: Publishing) -> None:
    publishing.publish()
    publishing.buy(300 * NDAU)
    report = publishing.publish()
    assert report.has_new_sales
    assert publishing.offered[0] == Level(100 * CENT, 700 * NDAU)
    publishing.check()


def test_a_sold_out_level_is_followed_by_a_deeper_one(publishing: Publishing) -> None:
    publishing.publish()
    publishing.buy(2100 * NDAU)
    publishing.publish_until_done()
    assert publishing.offered[0] == Level(101 * CENT, 2900 * NDAU)
    publishing.check()


def test_a_price_step_cancels_what_became_too_cheap(publishing: Publishing) -> None:
    publishing.publish()
    publishing.sell_elsewhere(2500 * NDAU)
    publishing.publish()
    assert publishing.offered[0].price_nanocents == 101 * CENT
    publishing.check()


def test_what_sells_while_it_is_being_cancelled_counts_as_sold(publishing: Publishing) -> None:
    publishing.publish()
    publishing.sell_elsewhere(500 * NDAU)
    publishing.ots.cancels_wait = True

    def buy_then_finish() -> None:
        publishing.buy(200 * NDAU)
        publishing.ots.finish_cancels()

    publishing.clock.after_wait = buy_then_finish
    report = publishing.publish()
    assert (report.outcome, report.has_new_sales) == (PushOutcome.PUBLISHED, True)
    assert publishing.offered[0] == Level(100 * CENT, 300 * NDAU)


def test_what_is_kept_shrinks_too_when_something_sells_during_a_cancel(ledgers: Ledgers) -> None:
    with fresh_publishing(ledgers, FINE_MARKET) as publishing:
        publishing.publish()
        publishing.sell_elsewhere(100 * NDAU)
        publishing.ots.cancels_wait = True

        def sell_then_finish() -> None:
            publishing.clock.after_wait = publishing.ots.finish_cancels
            publishing.sell_elsewhere(950 * NDAU)
            publishing.ots.finish_cancels()

        publishing.clock.after_wait = sell_then_finish
        assert publishing.publish().outcome is PushOutcome.PUBLISHED
        assert publishing.offered[0].quantity_napu == 950 * NDAU
        publishing.check()


def test_a_cancel_that_does_not_become_final_places_nothing(publishing: Publishing) -> None:
    publishing.publish()
    publishing.ots.cancels_wait = True
    publishing.sell_elsewhere(500 * NDAU)
    placed = len(publishing.ots.placed)
    report = publishing.publish()
    assert report.outcome is PushOutcome.FAILED
    assert "is still open 10 s after its cancel was asked for" in error_of(publishing)
    assert len(publishing.ots.placed) == placed
    publishing.ots.finish_cancels()
    publishing.ots.cancels_wait = False
    publishing.publish_until_done()
    publishing.check()


def test_an_order_whose_cancel_is_on_its_way_is_not_counted_on_though_it_is_wanted_again(ledgers: Ledgers) -> None:
    market = replace(CENT_MARKET, minimum_quantity_napu=100 * NDAU)
    with fresh_publishing(ledgers, market) as publishing:
        publishing.publish()
        # 2,050 are due at $1.01; the 50 missing are too few for an order of their own, so all 2,000 are cancelled.
        publishing.sell_elsewhere(1_950 * NDAU)
        publishing.ots.cancels_wait = True
        assert publishing.publish().outcome is PushOutcome.FAILED
        publishing.sell_elsewhere(50 * NDAU)
        assert publishing.publish().outcome is PushOutcome.FAILED
        publishing.ots.finish_cancels()
        publishing.publish_until_done()
        publishing.check()


def test_a_cancel_of_unknown_outcome_is_asked_about_and_not_believed(publishing: Publishing) -> None:
    publishing.publish()
    publishing.sell_elsewhere(500 * NDAU)
    publishing.ots.fail_next("cancel_order", OutcomeUnknown("timeout"), after_effect=True)
    assert publishing.publish().outcome is PushOutcome.PUBLISHED
    publishing.check()


def test_an_order_that_the_exchange_shows_less_of_than_its_fills_stops_everything(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.publish()
    publishing.buy(100 * NDAU)
    monkeypatch.setattr(publishing.ots, "read_fills", lambda *_: iter(()))
    report = publishing.publish()
    assert report.outcome is PushOutcome.FAILED
    assert "its fills are not all listed" in report.message
    monkeypatch.undo()
    publishing.publish_until_done()
    publishing.check()


def test_an_order_that_the_exchange_has_forgotten_is_closed_when_it_is_old_enough(publishing: Publishing) -> None:
    publishing.publish()
    publishing.buy(300 * NDAU)
    publishing.publish()
    forgotten = max(publishing.ots.our_orders, key=lambda order: order.price_nanocents)
    publishing.ots.forget(forgotten.exchange_order_id)
    publishing.clock.wait(3_500)
    report = publishing.publish()
    assert (report.outcome, report.message) == (PushOutcome.FAILED, f"there is no order {forgotten.exchange_order_id}")
    publishing.clock.wait(200)
    assert publishing.publish().outcome is PushOutcome.PUBLISHED
    publishing.check()


def test_manual_orders_are_left_alone(publishing: Publishing) -> None:
    sell = publishing.ots.place_manually(Side.SELL, Level(90 * CENT, 5 * NDAU))
    buy = publishing.ots.place_manually(Side.BUY, Level(10 * CENT, 5 * NDAU))
    publishing.publish()
    publishing.sell_elsewhere(2500 * NDAU)
    publishing.publish()
    assert {sell, buy} <= {order.exchange_order_id for order in publishing.ots.open_orders()}
    publishing.check()


def test_insufficient_funds_for_one_offer_are_told_and_the_others_placed(publishing: Publishing) -> None:
    publishing.ots.fail_next("place_offer", ExchangeRejected("insufficient balance"))
    report = publishing.publish()
    assert (report.outcome, report.message) == (PushOutcome.FAILED, "insufficient balance")
    assert error_of(publishing) == "insufficient balance"
    assert publishing.offered == (Level(101 * CENT, 2000 * NDAU),)
    publishing.publish_until_done()
    publishing.check()


def test_a_key_that_is_not_accepted_halts_that_exchange_only(publishing: Publishing) -> None:
    publishing.ots.fail_next("place_offer", AuthenticationFailed("wrong key"))
    assert publishing.publish().outcome is PushOutcome.FAILED
    (halt,) = publishing.ledger.halts.active()
    assert (halt.scope, halt.exchange, halt.why) == (Scope.PUBLISHING, NAME, "wrong key")
    assert publishing.publish().outcome is PushOutcome.HALTED
    assert publishing.offered == ()
    publishing.ledger.halts.lift(Scope.PUBLISHING, NAME, who="operator", why="mended")
    publishing.publish_until_done()
    publishing.check()


@pytest.mark.parametrize("method", ["read_fills", "open_orders", "place_offer"])
@pytest.mark.parametrize("error", [ExchangeUnavailable("away"), RateLimited("slower", retry_after_seconds=1)])
def test_an_exchange_that_does_not_answer_is_tried_again(publishing: Publishing, method: str, error: MeicError) -> None:
    publishing.publish()
    publishing.buy(2500 * NDAU)
    publishing.ots.fail_next(method, error)
    assert publishing.publish().outcome is PushOutcome.FAILED
    assert error_of(publishing) == str(error)
    publishing.publish_until_done()
    publishing.check()


def test_an_older_generation_is_not_pushed(publishing: Publishing) -> None:
    first = publishing.decide().generation
    publishing.sell_elsewhere(500 * NDAU)
    publishing.decide()
    assert publishing.push(generation=first).outcome is PushOutcome.SUPERSEDED
    assert publishing.offered == ()


def test_a_generation_decided_during_the_push_is_pushed_too(publishing: Publishing) -> None:
    def issue_and_decide(_: Level) -> None:
        publishing.ots.after_placing = lambda _: None
        publishing.chain.issue_elsewhere(2500 * NDAU)
        publishing.decide()

    publishing.ots.after_placing = issue_and_decide
    assert publishing.publish().outcome is PushOutcome.PUBLISHED
    publishing.check()


def test_a_second_publisher_leaves_everything_to_the_first(publishing: Publishing) -> None:
    publishing.decide()
    with publishing.ledger.leases.hold(f"offers:{NAME}", 60):
        assert publishing.push().outcome is PushOutcome.BUSY
    assert publishing.offered == ()


def test_halted_publishing_touches_no_order(publishing: Publishing) -> None:
    publishing.publish()
    before = publishing.offered
    publishing.decide()
    publishing.sell_elsewhere(2500 * NDAU)
    publishing.ledger.halts.halt(Scope.PUBLISHING, None, who="ann", why="maintenance")
    assert publishing.push().message == "maintenance"
    assert publishing.offered == before
