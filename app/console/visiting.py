"""Who asks, and whether they may: the dependency that every route but the few open ones has."""

from dataclasses import dataclass, field
from typing import NoReturn, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.access.control import AccessControl
from app.bootstrap import Coordinator
from app.console import cookies, csrf
from app.console.refusals import NotLoggedIn, Refused
from app.domain.access import Action, Role, is_allowed

_BEARER = "bearer"
_WORDS = {Action.PULL_OFFERS: "pull offers", Action.MANAGE_USERS: "manage people", Action.OWN_TOKENS: "have tokens"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks.

    Attributes:
        csrf_token: what their forms carry; "" for a script.
        is_script: whether they showed an API token instead of logging in.
    """

    name: str
    role: Role
    csrf_token: str = field(repr=False)
    is_script: bool


@dataclass(frozen=True, slots=True)
class May:
    """Lets in who may do something: `Depends(may(Action.LOOK))`."""

    action: Action

    async def __call__(self, request: Request) -> Visitor:
        """Return who asks.

        Raises:
            NotLoggedIn: nobody, or their session is over.
            Refused: they may not, or another site's page asks in their name.
        """
        visitor = await run_in_threadpool(who_asks, request)
        request.state.visitor = visitor
        if not visitor.is_script and request.method not in csrf.SAFE_METHODS:
            await _check_origin(request, visitor)
        if not is_allowed(visitor.role, self.action):
            raise Refused(
                f"{visitor.name} has the role {visitor.role}, which may not {_WORDS.get(self.action, self.action)}"
            )
        return visitor


def may(action: Action) -> May:
    """Return the dependency that lets in who may do this, and gives the `Visitor`."""
    return May(action)


def who_asks(request: Request) -> Visitor:
    """Return who asks, by session or API token.

    Raises:
        NotLoggedIn: nobody, or their session is over.
        Refused: both a session and a token came along.
    """
    access = access_of(request)
    shown, session = request.headers.get("authorization"), cookies.session_token(request)
    if shown is None:
        return _by_session(access, request, session)
    if session:
        raise Refused("the request carries both a session's cookie and an Authorization header; expected one of them")
    return _by_token(access, shown)


def is_still_welcome(request: Request) -> bool:
    """Tell whether whoever was let in by this request would be now; for answers that last."""
    try:
        who_asks(request)
    except (NotLoggedIn, Refused):
        return False
    return True


def access_of(request: Request) -> AccessControl:
    """Return what decides who may come in."""
    return parts_of(request).access


def parts_of(request: Request) -> Coordinator:
    """Return the parts that the console shows and acts on."""
    return cast("Coordinator", request.app.state.parts)


def _by_session(access: AccessControl, request: Request, token: str) -> Visitor:
    # What a page fetches by itself, to stay up to date, is no sign that somebody sits before it.
    by_itself = "hx-request" in request.headers and request.method in csrf.SAFE_METHODS
    by_itself |= "text/event-stream" in request.headers.get("accept", "")
    found = access.logins.session(token, is_sign_of_life=not by_itself) if token else None
    if found is None:
        raise NotLoggedIn("nobody is logged in, or the session is over" if token else "nobody is logged in")
    return Visitor(found.operator, found.role, csrf.csrf_token(token), is_script=False)


def _by_token(access: AccessControl, shown: str) -> Visitor:
    scheme, _, secret = shown.partition(" ")
    token = access.tokens.find(secret.strip()) if scheme.lower() == _BEARER else None
    if token is None:
        raise NotLoggedIn("the API token is unknown, revoked or expired; expected Authorization: Bearer meic_...")
    return Visitor(token.operator, token.role, "", is_script=True)


async def _check_origin(request: Request, visitor: Visitor) -> None:
    if csrf.comes_from_elsewhere(request) or not await csrf.carries_token(request, visitor.csrf_token):
        _refuse_forgery()


def _refuse_forgery() -> NoReturn:
    raise Refused("the form is not of this session: load the page again, and send it from there")
