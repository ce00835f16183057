"""A fill's story as steps in time: what happened, when, and how long after the step before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.console.figures import ndau, price
from app.console.pages.telling import told
from app.domain.fills import FillKind
from app.domain.issuances import IssuanceState
from app.store.reading.story_parts import Followed, IssuanceStory, Story


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that belongs to a step.

    Attributes:
        address: a page about it; "" where there is none.
        is_code: an id or hash, which people copy.
    """

    name: str
    value: str
    address: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story.

    Attributes:
        at: None while it has not happened.
        took_seconds: since the step before that happened; None for the first, and while it has not happened.
        state: "done", "coming" or "wrong".
    """

    title: str
    at: datetime | None
    took_seconds: float | None = None
    state: str = "done"
    facts: tuple[Fact, ...] = ()


def timeline(story: Story, unit: str) -> tuple[Step, ...]:
    """Return the steps from the fill to the offers that followed it; those still to come stand last."""
    steps = [*_beginning(story, unit), *_decisions(story), *_issuing(story), *_following(story)]
    happened = sorted(((step.at, step) for step in steps if step.at is not None), key=lambda each: each[0])
    return (*_timed(happened), *(step for step in steps if step.at is None))


def _timed(steps: Sequence[tuple[datetime, Step]]) -> Iterator[Step]:
    before: datetime | None = None
    for at, step in steps:
        yield replace(step, took_seconds=None if before is None else (at - before).total_seconds())
        before = at


def _beginning(story: Story, unit: str) -> Iterator[Step]:
    sale = story.sale
    if story.offer is not None:
        offer = story.offer
        yield Step(
            "Offer intended",
            offer.intended_at,
            facts=(
                Fact("offer", f"{ndau(offer.quantity_napu)} ndau at {price(offer.price_nanocents)} {unit}"),
                Fact("our order id", offer.client_order_id, is_code=True),
                Fact("decision", str(offer.generation), f"/offers?generation={offer.generation}"),
            ),
        )
    bought_or_sold = "Sold" if sale.side == "sell" else "Bought"
    yield Step(
        f"{bought_or_sold} on {sale.exchange}, by its clock",
        sale.executed_at,
        facts=(
            Fact("fill", f"{ndau(sale.quantity_napu)} ndau at {price(sale.price_nanocents)} {unit}"),
            Fact("order", sale.exchange_order_id, is_code=True),
        ),
    )
    yield Step("Recorded in the ledger", sale.recorded_at, facts=(Fact("now", _kind_words(sale.kind)),))


def _kind_words(kind: FillKind) -> str:
    return {
        FillKind.SALE: "a target price sale",
        FillKind.OTHER: "no sale: a buy",
        FillKind.UNCLAIMED: "unclaimed: a sell of none of our offers, which a person claims or dismisses",
        FillKind.DISMISSED: "dismissed by an operator: no sale",
    }[kind]


def _decisions(story: Story) -> Iterator[Step]:
    for event in story.decisions:
        decision = told(event)
        yield Step(decision.title, event.at, facts=(Fact("by", decision.who), Fact("reason", decision.why)))
    if story.sale.kind is FillKind.UNCLAIMED:
        yield Step("A person claims or dismisses it", None, state="coming")


def _issuing(story: Story) -> Iterator[Step]:
    if story.sale.kind is not FillKind.SALE:
        return
    if story.issuance is None:
        yield Step("Put into an issuance", None, state="coming")
        return
    yield from _issuance_steps(story.issuance)


def _issuance_steps(issuing: IssuanceStory) -> Iterator[Step]:
    issuance = issuing.issuance
    number = Fact("issuance", str(issuance.id), f"/issuances/{issuance.id}")
    yield Step(
        "Put into an issuance",
        issuing.prepared_at,
        facts=(
            number,
            Fact("sequence", str(issuance.sequence)),
            Fact("transaction", issuance.tx_hash, is_code=True),
        ),
    )
    is_refused = issuance.state is IssuanceState.REFUSED
    yield from _reached("Signed", issuing.signed_at, is_skipped=is_refused or issuing.issued_at is not None)
    yield from _reached(
        "Submitted to the chain", issuing.submitted_at, is_skipped=is_refused or issuing.issued_at is not None
    )
    if is_refused:
        facts = (number, Fact("in its own words", issuance.message))
        yield Step("Refused: it waits for a person", issuance.changed_at, state="wrong", facts=facts)
        return
    block = () if issuance.block_height is None else (Fact("block of the chain", str(issuance.block_height)),)
    yield Step("Issued", issuing.issued_at, state="done" if issuing.issued_at else "coming", facts=block)


def _reached(title: str, at: datetime | None, *, is_skipped: bool) -> Iterator[Step]:
    # A refused one may never get there; and of one that an old ledger learnt of from the chain nobody knows when it did.
    if at is not None or not is_skipped:
        yield Step(title, at, state="done" if at else "coming")


def _following(story: Story) -> Iterator[Step]:
    if story.sale.kind is not FillKind.SALE:
        return
    if story.generation is None:
        yield Step("New offers decided", None, state="coming")
        return
    decided = story.generation
    number = Fact("decision", str(decided.number), f"/offers?generation={decided.number}")
    yield Step("New offers decided", decided.decided_at, facts=(number, Fact("why", decided.why)))
    for followed in story.followed:
        yield _followed(followed)


def _followed(followed: Followed) -> Step:
    if followed.offered_at is not None:
        number = str(followed.generation)
        facts = (Fact("decision", number, f"/offers?generation={number}&exchange={followed.exchange}"),)
        return Step(f"New offers placed on {followed.exchange}", followed.offered_at, facts=facts)
    if followed.shows_it:
        return Step(f"{followed.exchange} showed the right offers already", None)
    return Step(f"New offers on {followed.exchange}", None, state="coming")
