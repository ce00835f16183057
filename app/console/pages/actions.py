"""Poll, publish, halt, resume, pull offers: each asked for with a reason, confirmed, and in the events."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi import Form as Sent
from starlette.requests import Request
from starlette.responses import Response

from app.bootstrap import Coordinator
from app.console import acting
from app.console.pages.forms import Choice, Entered, Form, act, ask
from app.console.pages.given import Parts
from app.console.visiting import Visitor, may
from app.domain.access import Action
from app.domain.errors import InvalidInput
from app.domain.halts import Scope, Stoppable, halt_of

router = APIRouter(prefix="/actions")

Text = Annotated[str, Sent()]
Poller = Annotated[Visitor, Depends(may(Action.POLL))]
Publisher = Annotated[Visitor, Depends(may(Action.PUBLISH))]
Halter = Annotated[Visitor, Depends(may(Action.HALT))]
Resumer = Annotated[Visitor, Depends(may(Action.RESUME))]
Puller = Annotated[Visitor, Depends(may(Action.PULL_OFFERS))]

_WHAT = (
    (Stoppable.ALL, "issuing and publishing"),
    (Stoppable.PUBLISHING, "publishing: no offer is placed or changed"),
    (Stoppable.ISSUING, "issuing: nothing is signed or sent to the chain"),
)
_EVERYWHERE = "everywhere"


@router.get("/poll")
def ask_poll(request: Request, visitor: Poller, parts: Parts, exchange: str = "") -> Response:
    """Ask whether an exchange's fills are to be read now."""
    return ask(request, visitor, _poll(parts, exchange))


@router.post("/poll")
def poll(
    request: Request, visitor: Poller, parts: Parts, *, exchange: Text = "", why: Text = "", confirmed: Text = ""
) -> Response:
    """Have an exchange's fills read now."""

    def deed(reason: str) -> str:
        return acting.poll(parts, visitor.name, exchange, reason)

    then = f"/exchanges/{quote(exchange)}"
    return act(request, visitor, _poll(parts, exchange), Entered(why, confirmed), deed=deed, then=then)


@router.get("/publish")
def ask_publish(request: Request, visitor: Publisher, parts: Parts) -> Response:
    """Ask whether all exchanges are to be compared now."""
    return ask(request, visitor, _publish(parts))


@router.post("/publish")
def publish(request: Request, visitor: Publisher, parts: Parts, why: Text = "", confirmed: Text = "") -> Response:
    """Have every exchange compared with the offers that are due."""

    def deed(reason: str) -> str:
        return acting.publish(parts, visitor.name, reason)

    return act(request, visitor, _publish(parts), Entered(why, confirmed), deed=deed, then="/exchanges")


@router.get("/halt")
def ask_halt(
    request: Request, visitor: Halter, parts: Parts, what: str = Stoppable.ALL, exchange: str = ""
) -> Response:
    """Ask what is to be stopped."""
    return ask(request, visitor, _halt(parts, what, exchange))


@router.post("/halt")
def halt(
    request: Request,
    visitor: Halter,
    parts: Parts,
    *,
    what: Text = "",
    exchange: Text = "",
    why: Text = "",
    confirmed: Text = "",
) -> Response:
    """Stop issuing, publishing or both."""

    def deed(reason: str) -> str:
        return acting.halt(parts, visitor.name, _stoppable(what), exchange or None, reason)

    return act(request, visitor, _halt(parts, what, exchange), Entered(why, confirmed), deed=deed, then="/halts")


@router.get("/resume")
def ask_resume(
    request: Request, visitor: Resumer, parts: Parts, what: str = Stoppable.ALL, exchange: str = ""
) -> Response:
    """Ask what is to go on."""
    return ask(request, visitor, _resume(parts, what, exchange))


@router.post("/resume")
def resume(
    request: Request,
    visitor: Resumer,
    parts: Parts,
    *,
    what: Text = "",
    exchange: Text = "",
    why: Text = "",
    confirmed: Text = "",
) -> Response:
    """Lift halts."""

    def deed(reason: str) -> str:
        return acting.resume(parts, visitor.name, _stoppable(what), exchange or None, reason)

    return act(request, visitor, _resume(parts, what, exchange), Entered(why, confirmed), deed=deed, then="/halts")


@router.get("/pull-offers")
def ask_pull_offers(request: Request, visitor: Puller, parts: Parts, exchange: str = "") -> Response:
    """Ask from where our offers are to be taken."""
    return ask(request, visitor, _pull(parts, exchange))


@router.post("/pull-offers")
def pull_offers(
    request: Request, visitor: Puller, parts: Parts, *, exchange: Text = "", why: Text = "", confirmed: Text = ""
) -> Response:
    """Halt publishing and have our offers cancelled."""

    def deed(reason: str) -> str:
        return acting.pull_offers(parts, visitor.name, exchange or None, reason)

    then = f"/exchanges/{quote(exchange)}" if exchange else "/exchanges"
    return act(request, visitor, _pull(parts, exchange), Entered(why, confirmed), deed=deed, then=then)


def _poll(parts: Coordinator, exchange: str) -> Form:
    return Form(
        title="Poll an exchange",
        address="/actions/poll",
        back="/exchanges",
        button="Poll",
        confirmation="Read this exchange's fills now",
        says=("A worker reads the exchange's fills now instead of at the next poll. Nothing is placed or cancelled.",),
        choices=(_place(parts, exchange, any_=""),),
    )


def _publish(parts: Coordinator) -> Form:
    halt = halt_of(parts.ledger.halts.active(), Scope.PUBLISHING)
    return Form(
        title="Publish offers",
        address="/actions/publish",
        back="/exchanges",
        button="Publish",
        confirmation="Compare every exchange now, and mend what differs",
        says=(
            "The amount issued is read from the chain, and every exchange is compared with the offers that are due.",
            "What is too cheap or too many is cancelled; what is missing is placed.",
        ),
        cautions=(f"Nothing is placed: {halt.words()}",) if halt else (),
    )


def _halt(parts: Coordinator, what: str, exchange: str) -> Form:
    return Form(
        title="Halt",
        address="/actions/halt",
        back="/halts",
        button="Halt",
        confirmation="Stop this at once, until somebody resumes it",
        says=(
            "What is chosen stops at once and stays stopped until somebody resumes it.",
            "Offers stay on the exchanges and go on selling; what they sell is recorded. Pull the offers to stop that too.",
            "What was sent before is looked up all the same when it goes on.",
        ),
        is_dangerous=True,
        choices=(_what(what), _place(parts, exchange, any_=_EVERYWHERE)),
        cautions=tuple(f"In force already: {halt.words()}" for halt in parts.ledger.halts.active()),
    )


def _resume(parts: Coordinator, what: str, exchange: str) -> Form:
    active = parts.ledger.halts.active()
    return Form(
        title="Resume",
        address="/actions/resume",
        back="/halts",
        button="Resume",
        confirmation="What was wrong is mended, and this may go on",
        says=(
            "The halts of exactly this, in exactly this place, are lifted at once.",
            "A refused issuance is then looked up, and the same transaction is sent again if the chain lacks it.",
        ),
        choices=(_what(what), _place(parts, exchange, any_=_EVERYWHERE)),
        cautions=tuple(f"In force: {halt.words()}" for halt in active) or ("Nothing is halted now.",),
    )


def _pull(parts: Coordinator, exchange: str) -> Form:
    return Form(
        title="Pull offers",
        address="/actions/pull-offers",
        back="/exchanges",
        button="Pull the offers",
        confirmation="Take our offers off, and keep publishing halted there until somebody resumes it",
        says=(
            "Publishing is halted there first, if it is not, so that nothing is placed again.",
            "Then every offer of ours is cancelled, and each is followed until it is final.",
            "What one sells until then is recorded and issued.",
            "Nothing is sold there any more until somebody resumes publishing.",
        ),
        is_dangerous=True,
        choices=(_place(parts, exchange, any_=_EVERYWHERE),),
    )


def _what(chosen: str) -> Choice:
    return Choice("what", "What", _WHAT, chosen)


def _place(parts: Coordinator, chosen: str, *, any_: str) -> Choice:
    # A halt of an exchange that is out of use by now must be seen as it is.
    names = sorted({*parts.depths(), *(halt.exchange for halt in parts.ledger.halts.active() if halt.exchange)})
    return Choice("exchange", "Where" if any_ else "Exchange", [(name, name) for name in names], chosen, any_)


def _stoppable(what: str) -> Stoppable:
    try:
        return Stoppable(what)
    except ValueError as error:
        raise InvalidInput(f"what is {what!r:.60}; expected one of: {', '.join(Stoppable)}") from error
