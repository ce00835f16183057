import json
from datetime import timedelta

import pytest

from app.domain.fills import Fill, FillPage, Side
from app.domain.halts import Scope
from app.domain.issuances import Issuance, IssuanceState
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState
from app.domain.offers import Level
from app.domain.showing import ShownLevel
from app.ports.chain import ChainTransaction
from app.store.ledger import SqlLedger
from app.store.reading.glances import PipelineStep, Step
from app.store.reading.records import Records
from app.store.reading.story_parts import Story
from tests.integration.app.store.conftest import StoppedClock

EXCHANGES = ("north", "south")


def offer(ledger: SqlLedger, *exchanges: str) -> int:
    """Decide anew for both exchanges, and offer on some of them; return the decision's number."""
    number = ledger.offers.decide(NewGeneration(0, 0, 0, 0, (Level(10**11, 1000),), "test", EXCHANGES)).number
    for exchange in exchanges:
        with ledger.leases.hold(f"offers:{exchange}", 60) as lease:
            assert lease is not None
            level = ShownLevel.at_target(Level(10**11, 1000))
            (new,) = ledger.offers.intend(lease, exchange, generation=number, levels=[level])
            outcome = OfferOutcome(new.client_order_id, OfferState.OPEN, f"{exchange}-{number}")
            ledger.offers.settle(lease, exchange, [outcome])
        ledger.offers.published(exchange, number, "")
    return number


def record(ledger: SqlLedger, clock: StoppedClock, fill_id: str, order_id: str, side: Side = Side.SELL) -> None:
    executed_at = clock.now() - timedelta(seconds=1)
    fill = Fill(fill_id, order_id, side, 10**11, 10, "0", executed_at, f'{{"id": "{fill_id}"}}')
    ledger.fills.record("north", FillPage((fill,), fill_id))


def issue(ledger: SqlLedger, clock: StoppedClock, *states: IssuanceState) -> Issuance:
    """Take an issuance of all that waits through states, a second apart."""
    with ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        sequence = ledger.issuances.last_sequence("nde") + 1
        sales = ledger.fills.unissued_sales(10)
        prepared = ledger.issuances.prepare(
            lease, issuer_address="nde", sequence=sequence, tx_hash=f"h{sequence}", sales=sales
        )
        for state in states:
            clock.wait(1)
            height = 7 if state is IssuanceState.ISSUED else None
            prepared = ledger.issuances.advance(lease, prepared, state, block_height=height)
    return prepared


def story_of(ledger: SqlLedger, fill_id: str) -> Story:
    story = Records(ledger.database).story("north", fill_id)
    assert story is not None
    return story


ALL_STATES = (IssuanceState.SIGNED, IssuanceState.SUBMITTED, IssuanceState.SUBMITTED, IssuanceState.ISSUED)


def test_a_sale_is_followed_from_its_fill_to_the_offers_that_came_of_it(ledger: SqlLedger, clock: StoppedClock) -> None:
    first = offer(ledger, *EXCHANGES)
    clock.wait(60)
    record(ledger, clock, "f1", "north-1")
    sold_at = clock.now()
    clock.wait(1)
    issue(ledger, clock, *ALL_STATES)
    clock.wait(1)
    second = offer(ledger, "south")
    story = story_of(ledger, "f1")
    assert (story.raw, story.sale.recorded_at, story.sale.issuance_state) == ('{"id": "f1"}', sold_at, "issued")
    assert story.offer is not None
    assert (story.offer.generation, story.offer.filled_napu, story.offer.exchange_order_id) == (first, 10, "north-1")
    assert story.issuance is not None
    issuance = story.issuance
    assert (issuance.issuance.tx_hash, issuance.issuance.sequence, issuance.issuance.block_height) == ("h1", 1, 7)
    times = (issuance.prepared_at, issuance.signed_at, issuance.submitted_at, issuance.issued_at)
    assert times == tuple(sold_at + timedelta(seconds=seconds) for seconds in (1, 2, 3, 5))
    assert [event.kind for event in issuance.events][:2] == ["IssuancePrepared", "IssuanceSigned"]
    assert story.generation is not None
    assert story.generation.number == second
    north, south = story.followed
    assert (north.exchange, north.shows_it, north.offered_at, north.generation) == ("north", False, None, None)
    assert (south.shows_it, south.offered_at, south.generation) == (True, clock.now(), second)
    assert story.decisions == ()


def test_a_sale_that_nothing_was_done_about_yet_has_a_short_story(ledger: SqlLedger, clock: StoppedClock) -> None:
    offer(ledger, "north")
    clock.wait(1)
    record(ledger, clock, "f1", "north-1")
    story = story_of(ledger, "f1")
    assert (story.issuance, story.generation, story.followed, story.decisions) == (None, None, (), ())


def test_what_was_decided_about_a_sell_is_in_its_story_and_in_no_other(ledger: SqlLedger, clock: StoppedClock) -> None:
    offer(ledger, *EXCHANGES)
    clock.wait(1)
    for fill_id in ("f1", "f11", 'odd"%_\\\N{SNOWMAN}'):
        record(ledger, clock, fill_id, "stranger")
    offer(ledger, *EXCHANGES)
    clock.wait(100)
    ledger.claims.dismiss("north", ["f1", 'odd"%_\\\N{SNOWMAN}'], who="ann", why="not ours")
    clock.wait(100)
    ledger.claims.claim("north", ["f1"], who="bob", why="it is")
    clock.wait(100)
    after_the_claim = offer(ledger, *EXCHANGES)
    story = story_of(ledger, "f1")
    assert [(event.kind, json.loads(event.detail)["who"]) for event in story.decisions] == [
        ("SalesDismissed", "ann"),
        ("SalesClaimed", "bob"),
    ]
    assert story.offer is None
    assert story.generation is not None
    assert story.generation.number == after_the_claim
    assert story_of(ledger, "f11").decisions == ()
    assert len(story_of(ledger, 'odd"%_\\\N{SNOWMAN}').decisions) == 1


def test_an_issuance_that_was_learnt_tells_so_and_was_issued_when_it_was_learnt(
    ledger: SqlLedger, clock: StoppedClock
) -> None:
    offer(ledger, "north")
    record(ledger, clock, "f1", "north-1")
    account = ledger.chain_book.begin("nde", sequence=40, chain_issued_napu=0)
    clock.wait(5)
    learnt_at = clock.now()
    with ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        found = ChainTransaction("hash", 41, 10, 900)
        ledger.chain_book.learn(lease, account, ours=[found], foreign=[])
        (issuance,) = ledger.issuances.unexplained()
        clock.wait(5)
        ledger.issuances.explain(lease, [(issuance, ledger.fills.unissued_sales(10))])
    story = story_of(ledger, "f1").issuance
    assert story is not None
    assert [event.kind for event in story.events] == ["IssuanceLearned", "IssuanceExplained"]
    assert (story.signed_at, story.submitted_at, story.issued_at) == (None, None, learnt_at)
    assert story.issuance.learned_at == learnt_at


def test_a_buy_is_followed_by_nothing(ledger: SqlLedger, clock: StoppedClock) -> None:
    record(ledger, clock, "f1", "stranger", Side.BUY)
    offer(ledger, *EXCHANGES)
    story = story_of(ledger, "f1")
    assert (story.generation, story.followed, story.decisions) == (None, (), ())


@pytest.mark.parametrize("fill_id", ["none", "", "nul\0", "half\ud800"])
def test_a_fill_that_there_is_not_has_no_story(ledger: SqlLedger, fill_id: str) -> None:
    assert Records(ledger.database).story("north", fill_id) is None


def steps(ledger: SqlLedger, clock: StoppedClock) -> dict[Step, tuple[int, int, float | None]]:
    """Return count, quantity and the age of the oldest of each step."""
    found = Records(ledger.database).pipeline(clock.now())
    assert [step.step for step in found] == list(Step)
    return {step.step: (step.count, step.quantity_napu, age(step, clock)) for step in found}


def age(step: PipelineStep, clock: StoppedClock) -> float | None:
    return None if step.oldest_at is None else (clock.now() - step.oldest_at).total_seconds()


def test_the_pipeline_of_an_empty_ledger_holds_nothing(ledger: SqlLedger, clock: StoppedClock) -> None:
    assert set(steps(ledger, clock).values()) == {(0, 0, None)}


def test_the_pipeline_says_what_waits_where_and_for_how_long(ledger: SqlLedger, clock: StoppedClock) -> None:
    offer(ledger, *EXCHANGES)
    clock.wait(10)
    record(ledger, clock, "f1", "north-1")
    record(ledger, clock, "f2", "stranger")
    clock.wait(10)
    record(ledger, clock, "f3", "north-1")
    clock.wait(10)
    found = steps(ledger, clock)
    assert (found[Step.SEEN], found[Step.RECORDED]) == ((1, 10, 21.0), (2, 20, 21.0))
    issue(ledger, clock)
    clock.wait(5)
    assert steps(ledger, clock)[Step.PREPARED] == (2, 20, 5.0)
    assert steps(ledger, clock)[Step.RECORDED] == (0, 0, None)


@pytest.mark.parametrize(
    ("states", "step"),
    [
        (ALL_STATES[:1], Step.SIGNED),
        (ALL_STATES[:2], Step.SUBMITTED),
        ((IssuanceState.SIGNED, IssuanceState.REFUSED), Step.PARKED),
    ],
)
def test_the_sales_of_an_open_issuance_wait_where_it_stands(
    ledger: SqlLedger, clock: StoppedClock, states: tuple[IssuanceState, ...], step: Step
) -> None:
    offer(ledger, "north")
    record(ledger, clock, "f1", "north-1")
    issue(ledger, clock, *states)
    found = steps(ledger, clock)
    assert found[step] == (1, 10, float(len(states)))
    assert [name for name, (count, *_) in found.items() if count] == [step, Step.PUBLISHED]


def test_what_is_issued_counts_for_the_day_on_which_it_came_into_a_block(
    ledger: SqlLedger, clock: StoppedClock
) -> None:
    offer(ledger, "north")
    record(ledger, clock, "f1", "north-1")
    issue(ledger, clock, *ALL_STATES)
    assert steps(ledger, clock)[Step.ISSUED] == (1, 10, None)
    clock.wait(86_400)
    assert steps(ledger, clock)[Step.ISSUED] == (0, 0, None)
    record(ledger, clock, "f2", "north-1")
    issue(ledger, clock, *ALL_STATES)
    assert steps(ledger, clock)[Step.ISSUED] == (1, 10, None)


def test_an_exchange_is_behind_since_the_first_decision_that_it_does_not_show(
    ledger: SqlLedger, clock: StoppedClock
) -> None:
    offer(ledger, *EXCHANGES)
    clock.wait(10)
    offer(ledger, "north")
    clock.wait(10)
    offer(ledger, "north")
    clock.wait(10)
    assert steps(ledger, clock)[Step.PUBLISHED] == (1, 0, 20.0)
    offer(ledger, *EXCHANGES)
    assert steps(ledger, clock)[Step.PUBLISHED] == (0, 0, None)


def test_each_exchange_says_what_it_shows_and_what_is_wrong_with_it(ledger: SqlLedger, clock: StoppedClock) -> None:
    number = offer(ledger, "north")
    clock.wait(5)
    record(ledger, clock, "f1", "north-1")
    record(ledger, clock, "f2", "stranger")
    ledger.health.failed("south", "no answer", 1)
    ledger.halts.halt(Scope.PUBLISHING, "south", who="ann", why="odd")
    ledger.halts.halt(Scope.ISSUING, None, who="ann", why="night")
    ledger.offers.published("south", None, "refused: too small")
    north, south = Records(ledger.database).exchanges()
    assert (north.exchange, north.sold_napu, north.unclaimed, north.unclaimed_napu) == ("north", 10, 1, 10)
    assert (north.read_at, north.last_sale_at, north.health) == (clock.now(), clock.now(), None)
    assert [offer.exchange_order_id for offer in north.live_offers] == ["north-1"]
    assert north.publication is not None
    assert (north.publication.shown, north.publication.error) == (number, "")
    assert [halt.scope for halt in north.halts] == [Scope.ISSUING]
    assert south.publication is not None
    assert (south.publication.shown, south.publication.error) == (None, "refused: too small")
    assert south.health is not None
    assert (south.health.why, south.health.down_since) == ("no answer", clock.now())
    assert (south.read_at, south.last_sale_at, south.live_offers, south.unclaimed) == (None, None, (), 0)
    assert len(south.halts) == 2


def test_the_price_stands_on_what_is_issued_and_what_is_sold(ledger: SqlLedger, clock: StoppedClock) -> None:
    records = Records(ledger.database)
    assert records.basis_napu() is None
    ledger.offers.decide(NewGeneration(500, 0, 0, 500, (Level(1, 1),), "test", EXCHANGES))
    assert records.basis_napu() == 500
    offer(ledger, "north")
    record(ledger, clock, "f1", "north-2")
    assert records.basis_napu() == 10
