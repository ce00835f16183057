"""What operators ask of the workers: an event says who asks and why, and its number is all that the message carries."""

import json
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import InvalidInput
from app.domain.halts import Scope, halt_of
from app.ports.ledger import Ledger

POLL_ASKED = "PollAsked"
PUBLISH_ASKED = "PublishAsked"
PULL_ASKED = "PullAsked"
RESOLVE_ASKED = "ResolveAsked"


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that an operator asked for.

    Attributes:
        number: of its event.
        subject: the name of an exchange, or the id of an issuance.
    """

    number: int
    subject: str
    who: str
    why: str
    at: datetime


def ask(ledger: Ledger, kind: str, subject: str, *, who: str, why: str) -> int:
    """Note what is asked for; return the number of its event."""
    return ledger.events.append(kind, subject, {"who": who, "why": why})


def asked(ledger: Ledger, kind: str, number: int) -> Ask:
    """Return what was asked for.

    Raises:
        InvalidInput: the event is not there, or is another kind's.
    """
    event = ledger.events.find(number)
    if event is None or event.kind != kind:
        raise InvalidInput(f"event {number} is no {kind}; expected the number of one")
    detail = json.loads(event.detail)
    return Ask(number, event.subject, str(detail["who"]), str(detail["why"]), event.at)


def who_pulls(ledger: Ledger, exchange: str, number: int | None) -> tuple[str, str]:
    """Return who wants offers pulled and why: as asked for, or else whoever halted publishing there.

    Raises:
        InvalidInput: the event is not there, or is about another thing or exchange.
    """
    if number is not None:
        found = asked(ledger, PULL_ASKED, number)
        if found.subject != exchange:
            raise InvalidInput(f"event {number} asks to pull offers from {found.subject}, not from {exchange}")
        return found.who, found.why
    halt = halt_of(ledger.halts.active(), Scope.PUBLISHING, exchange)
    return (halt.who, halt.why) if halt else ("nobody", "publishing is not halted")
