"""Answer an operator who asked, from where no key is, that an issuance be looked at."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.errors import MeicError
from app.ports.ledger import Ledger
from app.services.asking import RESOLVE_ASKED, Ask, asked
from app.services.resolve_issuance import Resolution

RESOLVE_ANSWERED = "ResolveAnswered"

Look = Callable[[int, str, str], Resolution]
"""Takes the issuance's id, who asks, and why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operator is told.

    Attributes:
        was_settled: whether the look changed the issuance's state.
        was_given_before: whether the answer was there already, and nothing was done.
    """

    words: str
    was_settled: bool = False
    was_given_before: bool = False


def answer_resolve(ledger: Ledger, number: int, look: Look) -> Answer:
    """Look at the issuance that an event asks about, once, and append the answer: also that there is none and why.

    Raises:
        InvalidInput: there is no such event.
    """
    ask = asked(ledger, RESOLVE_ASKED, number)
    if _has_answer(ledger, ask):
        return Answer("it was answered before", was_given_before=True)
    try:
        answer = _words(look(int(ask.subject), ask.who, ask.why))
    except MeicError as error:
        answer = Answer(f"it could not be looked at: {error}")
    detail = {"asked": number, "who": ask.who, "why": ask.why}
    told = {"verdict": answer.words, "was_settled": answer.was_settled}
    ledger.events.append(RESOLVE_ANSWERED, ask.subject, detail | told)
    return answer


def _words(found: Resolution) -> Answer:
    if found.evidence is None:
        return Answer(found.verdict.words)
    signer = f"; the signing service: {found.signer}" if found.signer else ""
    return Answer(f"it is {found.issuance.state}: {found.verdict.words}{signer}", was_settled=found.was_settled)


def _has_answer(ledger: Ledger, ask: Ask) -> bool:
    answers = ledger.events.of_kinds((RESOLVE_ANSWERED,), ask.at)
    return any(json.loads(answer.detail)["asked"] == ask.number for answer in answers)
