"""Turn a template and what it shows into a page."""

from functools import lru_cache
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from app.clock import SystemClock
from app.console import figures, messages
from app.console.assets import asset_url
from app.domain.access import Action, Role, is_allowed


class Onlooker(Protocol):
    """Whom a page is for, as far as the page shows it."""

    @property
    def name(self) -> str:
        """The name they log in with."""
        ...

    @property
    def role(self) -> Role:
        """What they may do."""
        ...

    @property
    def csrf_token(self) -> str:
        """What their forms carry."""
        ...


def page(
    request: Request, visitor: Onlooker | None, template: str, /, *, status: int = 200, **shown: object
) -> HTMLResponse:
    """Render a template under `templates` as a whole page.

    The template gets `visitor` (None before somebody logged in), `now`, `path`, `here` (the path with its query),
    `may("action")`, `message` (what the last action left to be said) and `shown`.
    """
    # What a page fetches by itself shows no message: it is kept for the next whole page.
    is_whole = "hx-request" not in request.headers
    message = messages.told(request, visitor.csrf_token) if visitor and is_whole else ""
    response = _rendered(request, visitor, template, status, {"message": message} | shown)
    if message:
        response.delete_cookie(messages.COOKIE)
    return response


def _rendered(
    request: Request, visitor: Onlooker | None, template: str, status: int, shown: dict[str, object]
) -> HTMLResponse:
    parts = getattr(request.app.state, "parts", None)
    clock = parts.clock if parts is not None else SystemClock()

    def may(action: str) -> bool:
        return visitor is not None and is_allowed(visitor.role, Action(action))

    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    context = {"visitor": visitor, "may": may, "path": request.url.path, "here": here, "now": clock.now()} | shown
    return HTMLResponse(_environment().get_template(template).render(context), status_code=status)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"asset": asset_url}
    for filter_ in _FILTERS:
        environment.filters[filter_.__name__] = filter_
    return environment


_FILTERS = (
    figures.ndau,
    figures.price,
    figures.proceeds,
    figures.rounded_proceeds,
    figures.unit_of,
    figures.grouped,
    figures.moment,
    figures.machine_moment,
    figures.span,
    figures.ago,
)
