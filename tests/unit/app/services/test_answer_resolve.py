import json

import pytest

from app.domain.errors import InvalidInput, OutcomeUnknown, Unavailable
from app.services.answer_resolve import RESOLVE_ANSWERED, Answer, answer_resolve
from app.services.asking import POLL_ASKED, RESOLVE_ASKED, ask
from app.services.learn_issues import known_account
from app.services.resolve_issuance import Resolution, resolve_issuance
from tests.unit.app.services.issuing import Issuing
from tests.unit.app.services.ledgers import NDAU


@pytest.fixture
def world(issuing: Issuing) -> Issuing:
    """The ledger knows the account; an issuance hangs that is on the chain."""
    known_account(issuing.ledger, issuing.chain, issuing.chain.issuer_account())
    issuing.clock.wait(1)
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"), after_effect=True)
    issuing.run()
    assert issuing.states == ["submitted"]
    return issuing


def answer(world: Issuing, number: int) -> Answer:
    def look(issuance_id: int, who: str, why: str) -> Resolution:
        return resolve_issuance(world.ledger, world.chain, world.signer, world.clock, issuance_id, who=who, why=why)

    return answer_resolve(world.ledger, number, look)


def answers(world: Issuing) -> list[dict[str, object]]:
    found = [event for event in world.ledger.events.recent(50) if event.kind == RESOLVE_ANSWERED]
    assert {event.subject for event in found} <= {"1", "7"}
    return [json.loads(event.detail) for event in found]


def test_what_was_asked_is_looked_at_for_whoever_asked_and_the_answer_is_an_event(world: Issuing) -> None:
    number = ask(world.ledger, RESOLVE_ASKED, "1", who="ann", why="it hangs")
    assert answer(world, number).was_settled
    assert world.states == ["issued"]
    verdict = "it is issued: it is on the chain, in block 1; the signing service: it signed this transaction"
    assert answers(world) == [
        {"asked": number, "who": "ann", "why": "it hangs", "verdict": verdict, "was_settled": True}
    ]
    world.check()


def test_a_bell_that_rings_twice_is_answered_once_and_another_ask_again(world: Issuing) -> None:
    number = ask(world.ledger, RESOLVE_ASKED, "1", who="ann", why="it hangs")
    answer(world, number)
    assert answer(world, number).was_given_before
    assert [each["asked"] for each in answers(world)] == [number]
    again = ask(world.ledger, RESOLVE_ASKED, "1", who="bob", why="and now")
    assert answer(world, again).words == "it is issued already; nothing is to be done"
    assert [each["asked"] for each in answers(world)] == [again, number]


def test_that_it_could_not_be_looked_at_is_an_answer_too(world: Issuing) -> None:
    world.chain.is_unavailable = True
    number = ask(world.ledger, RESOLVE_ASKED, "1", who="ann", why="it hangs")
    assert not answer(world, number).was_settled
    assert answers(world)[0]["verdict"] == "it could not be looked at: the node does not answer"
    world.chain.is_unavailable = False
    unknown = ask(world.ledger, RESOLVE_ASKED, "7", who="ann", why="it hangs")
    assert "there is no issuance 7" in answer(world, unknown).words


def test_no_ask_no_answer(world: Issuing) -> None:
    number = ask(world.ledger, POLL_ASKED, "north", who="ann", why="odd")
    with pytest.raises(InvalidInput, match=f"event {number} is no ResolveAsked"):
        answer(world, number)
    assert not answers(world)


def test_a_defect_leaves_the_ask_without_an_answer(world: Issuing) -> None:
    number = ask(world.ledger, RESOLVE_ASKED, "1", who="ann", why="it hangs")

    def broken(*_: object) -> Resolution:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        answer_resolve(world.ledger, number, broken)

    def unreachable(*_: object) -> Resolution:
        raise Unavailable("no signer")

    assert answer_resolve(world.ledger, number, unreachable).words == "it could not be looked at: no signer"
