"""A form that does something: it says what will happen, and asks for a reason and a confirmation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.console.messages import tell
from app.console.rendering import page
from app.console.visiting import Visitor
from app.domain.errors import InvalidInput, MeicError, Unavailable
from app.domain.reasons import checked_reason

_NOT_CONFIRMED = "tick this to go on: nothing was done"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose in a form.

    Attributes:
        choices: as (value, words).
        any: the words for no choice; "" where one must be made.
    """

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    chosen: str
    any: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What one action asks.

    Attributes:
        says: what will happen, sentence by sentence.
        facts: what it is about, as (name, value).
        hidden: what goes along unseen, as (name, value).
        cautions: what is special at this moment.
        address: where it is sent.
        back: where whoever changes their mind goes.
    """

    title: str
    address: str
    back: str
    button: str
    confirmation: str
    says: tuple[str, ...]
    is_dangerous: bool = False
    choices: tuple[Choice, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person entered."""

    why: str = ""
    confirmed: str = ""


def ask(request: Request, visitor: Visitor, form: Form) -> Response:
    """Show a form as it is before anything was entered."""
    return _shown(request, visitor, form, Entered(), wrong={})


def act(
    request: Request, visitor: Visitor, form: Form, entered: Entered, *, deed: Callable[[str], str], then: str
) -> Response:
    """Do what a form asks for, with its reason, and go on to `then`; what is wrong is said in the form, as it was filled in."""
    try:
        why, wrong = _reason(entered), {}
    except InvalidInput as error:
        why, wrong = "", {"why": str(error)}
    if entered.confirmed != "yes":
        wrong["confirmed"] = _NOT_CONFIRMED
    if wrong:
        return _shown(request, visitor, form, entered, wrong=wrong, status=422)
    try:
        said = deed(why)
    except InvalidInput as error:
        return _shown(request, visitor, form, entered, wrong={"all": str(error)}, status=422)
    except Unavailable as error:
        return _shown(request, visitor, form, entered, wrong={"all": str(error)}, status=503)
    except MeicError as error:
        return _shown(request, visitor, form, entered, wrong={"all": str(error)}, status=409)
    response = RedirectResponse(then, 303)
    tell(response, request, visitor.csrf_token, f"{said[:1].upper()}{said[1:]}.")
    return response


def _reason(entered: Entered) -> str:
    # Browsers send a line's end as two characters, and count it as one.
    return checked_reason(entered.why.replace("\r\n", "\n"))


def _shown(
    request: Request, visitor: Visitor, form: Form, entered: Entered, *, wrong: dict[str, str], status: int = 200
) -> Response:
    return page(request, visitor, "action.html", status=status, form=form, entered=entered, wrong=wrong)
