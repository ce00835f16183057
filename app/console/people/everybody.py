"""Adding people, for admins."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from app.console.people.forms import Change, Given
from app.console.people.visitors import Admin
from app.console.visiting import access_of
from app.domain.access import Role, checked_role

router = APIRouter()

_ADDING = Change(
    "Add somebody",
    "They can log in from then on. Tell them the password in person, and have them change it.",
    "/people",
    "/people",
    ("name", "role", "password", "again"),
    "Add them",
)


@router.get("/people/add")
def adding_form(request: Request, visitor: Admin) -> Response:
    """Show the form for a new person."""
    return _ADDING.show(request, visitor, Given(role=Role.VIEWER))


@router.post("/people")
def add(request: Request, visitor: Admin, given: Annotated[Given, Form()]) -> Response:
    """Add a person."""

    def add_them() -> str:
        people, role = access_of(request).people, checked_role(given.role)
        added = people.add(given.name.strip(), role, given.password, by=visitor.name)
        return f"{added.name} can log in, with the role {added.role}"

    return _ADDING.carry_out(request, visitor, given, add_them)
