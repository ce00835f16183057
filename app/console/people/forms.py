"""Forms that change something about a person: each a page that says what will happen."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from app.console import messages
from app.console.rendering import page
from app.console.visiting import Visitor
from app.domain.errors import InvalidInput, RateLimited, Unavailable

_STATUSES: dict[type[Exception], int] = {RateLimited: 429, Unavailable: 503}


class Given(BaseModel):
    """What somebody typed; which of it a form has is the form's."""

    name: str = ""
    role: str = ""
    old: str = Field(default="", repr=False)
    password: str = Field(default="", repr=False)
    again: str = Field(default="", repr=False)
    label: str = ""
    days: str = ""
    why: str = ""
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A form.

    Attributes:
        explains: what will happen, in a sentence.
        address: where it is sent.
        back: the page after it.
        fields: which of `Given` it asks for, in this order.
    """

    heading: str
    explains: str
    address: str
    back: str
    fields: tuple[str, ...]
    button: str
    is_dangerous: bool = False

    def show(
        self, request: Request, visitor: Visitor, given: Given | None = None, *, wrong: str = "", status: int = 200
    ) -> Response:
        """Return the form as a page."""
        shown = {"change": self, "given": given or Given(), "wrong": wrong}
        return page(request, visitor, "people/change.html", status=status, **shown)

    def carry_out(self, request: Request, visitor: Visitor, given: Given, do: Callable[[], str]) -> Response:
        """Do it and say so on the next page, or show the form again with what was wrong."""
        response = self.attempt(request, visitor, given, do)
        return done(request, visitor, self.back, response) if isinstance(response, str) else response

    def attempt(self, request: Request, visitor: Visitor, given: Given, do: Callable[[], str]) -> str | Response:
        """Do it and return what came of it, or the form again with what was wrong."""
        try:
            self._check(given)
            return do()
        except (InvalidInput, Unavailable) as error:
            status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 422)
            return self.show(request, visitor, given, wrong=str(error), status=status)

    def _check(self, given: Given) -> None:
        if "again" in self.fields and given.password != given.again:
            raise InvalidInput("the two passwords differ; expected the same one twice")
        if "confirmed" in self.fields and given.confirmed != "yes":
            raise InvalidInput("the box at the end is not ticked; expected your confirmation")


def done(request: Request, visitor: Visitor, back: str, said: str) -> Response:
    """Return to a page and say there what was done."""
    response = RedirectResponse(back, 303)
    messages.tell(response, request, visitor.csrf_token, said)
    return response
