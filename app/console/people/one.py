"""One person and what may be changed about them, for admins."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from app.access.control import AccessControl
from app.console.failures import failure
from app.console.people.forms import Change, Given
from app.console.people.visitors import Admin
from app.console.rendering import page
from app.console.visiting import Visitor, access_of
from app.domain.access import Operator, checked_role

router = APIRouter(prefix="/people/{name}")

_Typed = Annotated[Given, Form()]
_Do = Callable[[AccessControl, str, Given, str], str]


@router.get("")
def show(request: Request, visitor: Admin, name: str) -> Response:
    """Show a person."""
    access = access_of(request)
    found = access.people.find(name)
    if found is None:
        return _nobody(request)
    shown: dict[str, Any] = {"one": found, "sessions": access.logins.sessions(name), "tokens": access.tokens.of(name)}
    return page(request, visitor, "people/one.html", **shown)


@router.get("/role")
def role_form(request: Request, visitor: Admin, name: str) -> Response:
    """Show the form for another role."""
    return _shown(request, visitor, name, "role")


@router.post("/role")
def change_role(request: Request, visitor: Admin, name: str, given: _Typed) -> Response:
    """Give a person another role."""
    return _carried_out(request, visitor, name, "role", given)


@router.get("/password")
def password_form(request: Request, visitor: Admin, name: str) -> Response:
    """Show the form for another password."""
    return _shown(request, visitor, name, "password")


@router.post("/password")
def reset_password(request: Request, visitor: Admin, name: str, given: _Typed) -> Response:
    """Give a person another password."""
    return _carried_out(request, visitor, name, "password", given)


@router.get("/disable")
def disabling_form(request: Request, visitor: Admin, name: str) -> Response:
    """Show what disabling a person does."""
    return _shown(request, visitor, name, "disable")


@router.post("/disable")
def disable(request: Request, visitor: Admin, name: str, given: _Typed) -> Response:
    """Keep a person out."""
    return _carried_out(request, visitor, name, "disable", given)


@router.get("/enable")
def enabling_form(request: Request, visitor: Admin, name: str) -> Response:
    """Show what enabling a person does."""
    return _shown(request, visitor, name, "enable")


@router.post("/enable")
def enable(request: Request, visitor: Admin, name: str, given: _Typed) -> Response:
    """Let a person in again."""
    return _carried_out(request, visitor, name, "enable", given)


@router.get("/tokens/{number}/revoke")
def revoking_form(request: Request, visitor: Admin, name: str, number: int) -> Response:
    """Show what revoking a person's token does."""
    if access_of(request).people.find(name) is None:
        return _nobody(request)
    return _revoking(name, number).show(request, visitor)


@router.post("/tokens/{number}/revoke")
def revoke_token(request: Request, visitor: Admin, name: str, number: int, given: _Typed) -> Response:
    """Revoke a person's token."""

    def revoke() -> str:
        access_of(request).tokens.revoke(name, number, by=visitor.name, why=given.why)
        return f"token {number} of {name} is revoked"

    return _revoking(name, number).carry_out(request, visitor, given, revoke)


def _shown(request: Request, visitor: Visitor, name: str, what: str) -> Response:
    found = access_of(request).people.find(name)
    if found is None:
        return _nobody(request)
    return _change(found, what).show(request, visitor, Given(role=found.role))


def _carried_out(request: Request, visitor: Visitor, name: str, what: str, given: Given) -> Response:
    access = access_of(request)
    found = access.people.find(name)
    if found is None:
        return _nobody(request)
    do = _DOINGS[what]
    return _change(found, what).carry_out(request, visitor, given, lambda: do(access, found.name, given, visitor.name))


def _nobody(request: Request) -> Response:
    return failure(request, 404, "there is nobody of that name")


def _change(one: Operator, what: str) -> Change:
    heading, explains, fields, button, is_dangerous = _CHANGES[what]
    back = f"/people/{one.name}"
    heading, explains = heading.format(one.name), explains.format(one.name)
    return Change(heading, explains, f"{back}/{what}", back, fields, button, is_dangerous)


def _revoking(name: str, number: int) -> Change:
    return Change(
        f"Revoke token {number} of {name}",
        "Whatever script shows it is refused from now on; a revoked token cannot be brought back.",
        f"/people/{name}/tokens/{number}/revoke",
        f"/people/{name}",
        ("why", "confirmed"),
        "Revoke it",
        is_dangerous=True,
    )


def _change_role(access: AccessControl, name: str, given: Given, by: str) -> str:
    role = checked_role(given.role)
    access.people.change_role(name, role, by=by, why=given.why)
    return f"{name} has the role {role} from now on"


def _reset_password(access: AccessControl, name: str, given: Given, by: str) -> str:
    access.people.reset_password(name, given.password, by=by, why=given.why)
    return f"{name} has a new password; their sessions have ended"


def _disable(access: AccessControl, name: str, given: Given, by: str) -> str:
    access.people.disable(name, by=by, why=given.why)
    return f"{name} is disabled; their sessions have ended, and their tokens are revoked"


def _enable(access: AccessControl, name: str, given: Given, by: str) -> str:
    access.people.enable(name, by=by, why=given.why)
    return f"{name} is enabled"


_DOINGS: dict[str, _Do] = {
    "role": _change_role,
    "password": _reset_password,
    "disable": _disable,
    "enable": _enable,
}
_CHANGES: dict[str, tuple[str, str, tuple[str, ...], str, bool]] = {
    "role": (
        "Change the role of {}",
        "{} has to log in again. Their tokens may do no more than the new role from now on.",
        ("role", "why", "confirmed"),
        "Change it",
        False,
    ),
    "password": (
        "Reset the password of {}",
        "{} has to log in again, with the new password. Tell it in person, and have them change it. Tokens stay.",
        ("password", "again", "why", "confirmed"),
        "Reset it",
        False,
    ),
    "disable": (
        "Disable {}",
        "{} is logged out at once and cannot log in any more; their tokens are revoked for good.",
        ("why", "confirmed"),
        "Disable",
        True,
    ),
    "enable": (
        "Enable {}",
        "{} can log in again, with the password of before. Tokens that were revoked stay so.",
        ("why", "confirmed"),
        "Enable",
        False,
    ),
}
