import threading

import pytest

from app.domain.errors import LeaseLost, Overtaken
from app.domain.fills import FillPage
from app.domain.halts import Scope, halt_of
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState
from app.domain.offers import Level
from app.domain.showing import ShownLevel
from app.store.events import FIRST_HASH, event_hash
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock
from tests.integration.app.store.test_fills import fill


def decide(ledger: SqlLedger, *exchanges: str) -> int:
    stack = (Level(2**40, 5), Level(2**41, 6))
    return ledger.offers.decide(NewGeneration(1, 2, 3, 4, stack, "test", exchanges)).number


def test_a_lease_has_one_holder_and_is_free_after_its_block(ledger: SqlLedger) -> None:
    with ledger.leases.hold("issuer", 60) as first:
        assert first is not None
        with ledger.leases.hold("issuer", 60) as second:
            assert second is None
        with ledger.leases.hold("other", 60) as other:
            assert other is not None
    with ledger.leases.hold("issuer", 60) as third:
        assert third is not None
        assert third.epoch == first.epoch + 1


def test_a_lease_that_expired_is_taken_over_and_cannot_be_renewed(ledger: SqlLedger, clock: StoppedClock) -> None:
    with ledger.leases.hold("issuer", 10) as first:
        assert first is not None
        clock.wait(9)
        renewed = ledger.leases.renew(first, 10)
        clock.wait(9)
        with ledger.leases.hold("issuer", 10) as early:
            assert early is None
        clock.wait(2)
        with ledger.leases.hold("issuer", 10) as second:
            assert second is not None
            with pytest.raises(LeaseLost):
                ledger.leases.renew(renewed, 10)


def test_a_holder_who_ends_late_does_not_free_the_lease_of_his_successor(
    ledger: SqlLedger, clock: StoppedClock
) -> None:
    with ledger.leases.hold("issuer", 10):
        clock.wait(11)
        with ledger.leases.hold("issuer", 10) as successor:
            assert successor is not None
            ledger.leases._release(type(successor)("issuer", "late", successor.epoch - 1, successor.expires_at))
            with ledger.leases.hold("issuer", 10) as third:
                assert third is None


def test_of_many_who_want_a_lease_at_once_one_gets_it(ledger: SqlLedger) -> None:
    got: list[object] = []
    ready, done = threading.Barrier(8), threading.Barrier(8)

    def want() -> None:
        ready.wait(20)
        with ledger.leases.hold("issuer", 60) as lease:
            if lease is not None:
                got.append(lease)
            done.wait(20)

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 1


def test_a_generation_is_read_as_it_was_decided(ledger: SqlLedger) -> None:
    assert ledger.offers.generation() is None
    number = decide(ledger, "north", "south")
    generation = ledger.offers.generation()
    assert generation is not None
    assert generation.number == number
    assert generation.stack == (Level(2**40, 5), Level(2**41, 6))
    assert (generation.issued_napu, generation.pending_napu, generation.sold_napu, generation.foreign_napu) == (
        1,
        2,
        3,
        4,
    )


def test_a_decision_on_old_figures_is_not_stored(ledger: SqlLedger) -> None:
    new = NewGeneration(1, 2, 3, 4, (Level(5, 6),), "test", ())
    first = ledger.offers.decide(new, newest_known=0)
    with pytest.raises(Overtaken):
        ledger.offers.decide(new, newest_known=0)
    assert ledger.offers.generation() == first
    assert ledger.offers.decide(new, newest_known=first.number).number == first.number + 1


def test_an_exchange_wants_the_newest_generation_and_never_shows_an_older_again(ledger: SqlLedger) -> None:
    first, second = decide(ledger, "north"), decide(ledger, "north")
    ledger.offers.published("north", second, "")
    ledger.offers.published("north", first, "")
    (publication,) = ledger.offers.publications()
    assert (publication.wanted, publication.shown, publication.error) == (second, second, "")


def test_why_an_exchange_does_not_show_its_offers_is_kept_until_it_does(ledger: SqlLedger) -> None:
    number = decide(ledger, "north")
    ledger.offers.published("north", None, "not enough funds")
    assert ledger.offers.publications()[0].error == "not enough funds"
    assert ledger.offers.publications()[0].shown is None
    ledger.offers.published("north", number, "")
    assert ledger.offers.publications()[0].error == ""


def test_an_offer_is_committed_with_its_own_id_before_it_is_placed(ledger: SqlLedger) -> None:
    number = decide(ledger, "north")
    with ledger.leases.hold("offers:north", 60) as lease:
        assert lease is not None
        offers = ledger.offers.intend(
            lease,
            "north",
            generation=number,
            levels=[ShownLevel.at_target(Level(5, 6)), ShownLevel.at_target(Level(7, 8))],
        )
        assert ledger.offers.live_offers("north") == sorted(offers, key=lambda offer: offer.client_order_id)
        assert len({offer.client_order_id for offer in offers}) == 2
        ledger.offers.settle(lease, "north", [OfferOutcome(offers[0].client_order_id, OfferState.LOST)])
        assert [offer.client_order_id for offer in ledger.offers.live_offers("north")] == [offers[1].client_order_id]
        (lost,) = ledger.offers.lost_offers("north", offers[0].intended_at)
        assert lost.client_order_id == offers[0].client_order_id


def test_a_publisher_who_lost_the_lease_intends_nothing(ledger: SqlLedger, clock: StoppedClock) -> None:
    number = decide(ledger, "north")
    with ledger.leases.hold("offers:north", 10) as late:
        assert late is not None
        clock.wait(11)
        with ledger.leases.hold("offers:north", 10):
            with pytest.raises(LeaseLost):
                ledger.offers.intend(late, "north", generation=number, levels=[ShownLevel.at_target(Level(5, 6))])
            assert ledger.offers.live_offers("north") == []


def test_a_halt_stops_what_it_names_until_it_is_lifted(ledger: SqlLedger) -> None:
    ledger.halts.halt(Scope.PUBLISHING, "north", who="ann", why="odd prices")
    ledger.halts.halt(Scope.PUBLISHING, "north", who="ben", why="again")
    active = ledger.halts.active()
    assert len(active) == 1
    assert halt_of(active, Scope.PUBLISHING, "north") is not None
    assert halt_of(active, Scope.PUBLISHING, "south") is None
    assert halt_of(active, Scope.PUBLISHING) is None
    assert halt_of(active, Scope.ISSUING) is None
    assert ledger.halts.lift(Scope.PUBLISHING, None, who="ann", why="") == 0
    assert ledger.halts.lift(Scope.PUBLISHING, "north", who="ann", why="mended") == 1
    assert ledger.halts.active() == []


def test_a_halt_everywhere_stops_every_exchange(ledger: SqlLedger) -> None:
    ledger.halts.halt(Scope.PUBLISHING, None, who="ann", why="")
    assert halt_of(ledger.halts.active(), Scope.PUBLISHING, "north") is not None


def test_events_are_numbered_and_each_seals_the_one_before(ledger: SqlLedger, clock: StoppedClock) -> None:
    decide(ledger, "north")
    ledger.events.append("Tried", "subject", {"amount": 2**62})
    ledger.fills.record("north", FillPage((fill(1),), "p"))
    clock.wait(1)
    ledger.halts.halt(Scope.ISSUING, None, who="ann", why="ünïcode")
    events = list(reversed(ledger.events.recent(100)))
    assert [event.kind for event in events] == ["GenerationDecided", "Tried", "FillsRecorded", "Halted"]
    previous = FIRST_HASH
    for number, event in enumerate(events, start=1):
        assert event.number == number
        assert event.previous_hash == previous
        previous = event_hash(previous, number, event.at, kind=event.kind, subject=event.subject, detail=event.detail)
        assert event.hash == previous


def test_events_of_many_writers_stay_one_chain(ledger: SqlLedger) -> None:
    def write() -> None:
        for _ in range(5):
            ledger.events.append("Tried", "x", {})

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    events = list(reversed(ledger.events.recent(100)))
    assert [event.number for event in events] == list(range(1, 31))
    assert [event.previous_hash for event in events[1:]] == [event.hash for event in events[:-1]]
