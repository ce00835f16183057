"""One's own password, sessions and tokens."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from app.access.logins import LoginRefused
from app.console import cookies
from app.console.entering import place_of
from app.console.people.forms import Change, Given, done
from app.console.people.visitors import Myself
from app.console.rendering import page
from app.console.visiting import access_of
from app.domain.access import Action, Role, checked_role, is_allowed, lesser
from app.domain.errors import InvalidInput

router = APIRouter()

_Typed = Annotated[Given, Form()]
_PASSWORD = Change(
    "Change my password",
    "Your other sessions end; tokens stay.",
    "/account/password",
    "/people",
    ("old", "password", "again"),
    "Change it",
)
_TOKEN = Change(
    "Make a token",
    "A script shows it instead of a password. It may do no more than its role, and no more than you may at the time.",
    "/account/tokens",
    "/people",
    ("label", "role", "days"),
    "Make it",
)


@router.get("/people")
def myself(request: Request, visitor: Myself) -> Response:
    """Show oneself; an admin sees everybody."""
    access = access_of(request)
    shown: dict[str, Any] = {
        "me": access.people.find(visitor.name),
        "sessions": access.logins.sessions(visitor.name),
        "tokens": access.tokens.of(visitor.name),
        "people": access.people.all() if is_allowed(visitor.role, Action.MANAGE_USERS) else (),
    }
    return page(request, visitor, "people/people.html", **shown)


@router.get("/account/password")
def password_form(request: Request, visitor: Myself) -> Response:
    """Show the form for another password."""
    return _PASSWORD.show(request, visitor)


@router.post("/account/password")
def change_password(request: Request, visitor: Myself, given: _Typed) -> Response:
    """Change one's own password."""

    def change() -> str:
        session = cookies.session_token(request)
        place = place_of(request)
        try:
            access_of(request).people.change_own_password(
                visitor.name, given.old, given.password, place, session=session
            )
        except LoginRefused as error:
            raise InvalidInput("the present password is wrong") from error
        return "your password is changed, and your other sessions have ended"

    return _PASSWORD.carry_out(request, visitor, given, change)


@router.post("/account/sessions/end")
def end_other_sessions(request: Request, visitor: Myself) -> Response:
    """Log out everywhere but here."""
    count = access_of(request).logins.log_out_elsewhere(visitor.name, cookies.session_token(request))
    return done(request, visitor, "/people", f"other sessions that have ended: {count}")


@router.get("/account/tokens")
def token_form(request: Request, visitor: Myself) -> Response:
    """Show the form for a token."""
    return _TOKEN.show(request, visitor, Given(role=lesser(Role.VIEWER, visitor.role), days="90"))


@router.post("/account/tokens")
def make_token(request: Request, visitor: Myself, given: _Typed) -> Response:
    """Make a token and show it, this once."""

    def make() -> str:
        tokens, role = access_of(request).tokens, checked_role(given.role)
        days = _days(given.days)
        return tokens.make(visitor.name, label=given.label, role=role, days=days, by=visitor.name).secret

    made = _TOKEN.attempt(request, visitor, given, make)
    if isinstance(made, Response):
        return made
    return page(request, visitor, "people/token.html", secret=made, label=given.label.strip())


@router.get("/account/tokens/{number}/revoke")
def revoking_form(request: Request, visitor: Myself, number: int) -> Response:
    """Show what revoking one of one's tokens does."""
    return _revoking(number).show(request, visitor)


@router.post("/account/tokens/{number}/revoke")
def revoke_token(request: Request, visitor: Myself, number: int, given: _Typed) -> Response:
    """Revoke one of one's own tokens."""

    def revoke() -> str:
        access_of(request).tokens.revoke(visitor.name, number, by=visitor.name, why="revoked by themselves")
        return f"token {number} is revoked"

    return _revoking(number).carry_out(request, visitor, given, revoke)


def _revoking(number: int) -> Change:
    return Change(
        f"Revoke token {number}",
        "Whatever script shows it is refused from now on; a revoked token cannot be brought back.",
        f"/account/tokens/{number}/revoke",
        "/people",
        ("confirmed",),
        "Revoke it",
        is_dangerous=True,
    )


def _days(text: str) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= 4):  # noqa: PLR2004  digits of the longest
        raise InvalidInput(
            f"the days are {plain!r:.40}; expected a whole number, or nothing for a token that never expires"
        )
    return int(plain)
