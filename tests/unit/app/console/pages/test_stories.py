from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.console.pages.stories import Step, timeline
from app.domain.fills import FillKind, Side
from app.domain.issuances import IssuanceState
from app.domain.ledger import AuditEvent, Generation, OfferState
from app.domain.offers import Level
from app.store.reading.rows import IssuanceRow, OfferRow, SaleRow
from app.store.reading.story_parts import Followed, IssuanceStory, Story

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


SALE = SaleRow("north", "7", "70", Side.SELL, 10**11, 10**8, "0", at(1), at(2), FillKind.SALE, 5, IssuanceState.ISSUED)
OFFER = OfferRow("our-id", "north", 0, 10**11, 10**9, 10**11, 3, "70", OfferState.OPEN, 10**8, at(0), at(2))
ISSUANCE = IssuanceRow(5, "ndaddress", 41, 10**8, "hash", IssuanceState.ISSUED, 99, at(4), at(8), "", None)
ISSUING = IssuanceStory(ISSUANCE, at(4), at(5), at(6), at(8), ())
DECIDED = Generation(4, 0, 0, 0, 0, (Level(10**11, 1),), "sales on north", at(3))
FOLLOWED = (Followed("north", True, at(7), 4), Followed("south", True, None, None), Followed("west", False, None, None))
WHOLE = Story(SALE, "{}", OFFER, ISSUING, DECIDED, FOLLOWED, ())


def titles(steps: tuple[Step, ...], state: str = "done") -> list[str]:
    return [step.title for step in steps if step.state == state]


def test_what_happened_stands_in_the_order_of_time_with_the_time_since_the_step_before() -> None:
    steps = timeline(WHOLE, "USD")
    assert [(step.title, step.took_seconds) for step in steps if step.at is not None] == [
        ("Offer intended", None),
        ("Sold on north, by its clock", 1),
        ("Recorded in the ledger", 1),
        ("New offers decided", 1),
        ("Put into an issuance", 1),
        ("Signed", 1),
        ("Submitted to the chain", 1),
        ("New offers placed on north", 1),
        ("Issued", 1),
    ]


def test_what_is_still_to_come_stands_last_and_without_a_time() -> None:
    steps = timeline(WHOLE, "USD")
    assert [step.title for step in steps[-2:]] == ["south showed the right offers already", "New offers on west"]
    waiting = timeline(replace(WHOLE, issuance=None, generation=None, followed=()), "USD")
    assert titles(waiting, "coming") == ["Put into an issuance", "New offers decided"]


def test_a_refused_issuance_says_so_in_its_own_words_after_what_it_did_reach() -> None:
    refused = replace(ISSUANCE, state=IssuanceState.REFUSED, message="not released")
    story = replace(WHOLE, issuance=IssuanceStory(refused, at(4), at(5), None, None, ()))
    steps = timeline(story, "USD")
    (wrong,) = [step for step in steps if step.state == "wrong"]
    assert wrong.facts[-1].value == "not released"
    assert "Signed" in titles(steps)
    assert "Submitted to the chain" not in [step.title for step in steps]


def test_an_issuance_that_was_learnt_of_shows_no_steps_that_nobody_saw() -> None:
    steps = timeline(replace(WHOLE, issuance=IssuanceStory(ISSUANCE, at(4), None, None, at(8), ())), "USD")
    assert not {"Signed", "Submitted to the chain"} & {step.title for step in steps}


def test_an_issuance_on_its_way_shows_what_comes_next() -> None:
    sent = replace(ISSUANCE, state=IssuanceState.SIGNED, block_height=None)
    steps = timeline(replace(WHOLE, issuance=IssuanceStory(sent, at(4), at(5), None, None, ())), "USD")
    assert titles(steps, "coming")[:2] == ["Submitted to the chain", "Issued"]


def test_an_unclaimed_sell_waits_for_a_person_and_for_nothing_else() -> None:
    sell = replace(SALE, kind=FillKind.UNCLAIMED, issuance_id=None, issuance_state=None)
    steps = timeline(Story(sell, "{}", None, None, None, (), ()), "USD")
    assert titles(steps, "coming") == ["A person claims or dismisses it"]


def test_who_decided_about_a_sell_and_why_is_a_step() -> None:
    claimed = AuditEvent(1, at(2.5), "SalesClaimed", "north", '{"who": "ann", "why": "sold by phone"}', "", "")
    step = next(step for step in timeline(replace(WHOLE, decisions=(claimed,)), "USD") if step.title == "Sales claimed")
    assert [fact.value for fact in step.facts] == ["ann", "sold by phone"]


def test_a_clock_of_an_exchange_that_runs_ahead_is_seen() -> None:
    ahead = replace(WHOLE, sale=replace(SALE, executed_at=at(2.5)))
    assert [step.title for step in timeline(ahead, "USD")][1:3] == [
        "Recorded in the ledger",
        "Sold on north, by its clock",
    ]
