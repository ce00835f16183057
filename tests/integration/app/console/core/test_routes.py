"""Every route of the console, and what one must be allowed to do to call it."""

from collections.abc import Iterator
from itertools import product

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from app.console.visiting import May
from app.domain.access import Action, Role, is_allowed
from tests.integration.app.console.browser import Answer, Browser
from tests.integration.app.console.core.conftest import Site, token_of

OPEN = None
"""For everybody."""

LOOK, OWN, MANAGE = Action.LOOK, Action.OWN_TOKENS, Action.MANAGE_USERS
PAGES = (
    "/ /sales /sales.csv /sales/{exchange}/{fill_id:path} /issuances /issuances.csv /issuances/{number} "
    "/offers /offers.csv /exchanges /exchanges/{name} /halts /alerts /events /events.csv /live /api/openapi.json"
)
READINGS = (
    "alerts curve curve/whole day-totals events exchanges halts issuances issuances/{issuance_id} me offers overview "
    "pipeline sales sales/{exchange}/{fill_id:path}"
)
ORDERS = {
    "claims": Action.CLAIM,
    "dismissals": Action.DISMISS,
    "halts": Action.HALT,
    "polls": Action.POLL,
    "publications": Action.PUBLISH,
    "pulls": Action.PULL_OFFERS,
    "resolutions": Action.RESOLVE,
    "resumptions": Action.RESUME,
}
FORMS = {
    "claim": Action.CLAIM,
    "dismiss": Action.DISMISS,
    "halt": Action.HALT,
    "poll": Action.POLL,
    "publish": Action.PUBLISH,
    "pull-offers": Action.PULL_OFFERS,
    "resolve": Action.RESOLVE,
    "resume": Action.RESUME,
}
BOTH = ("GET", "POST")
ROUTES: dict[tuple[str, str], Action | None] = {
    ("GET", "/login"): OPEN,
    ("POST", "/login"): OPEN,
    ("POST", "/update"): OPEN,
    ("GET", "/health"): OPEN,
    ("GET", "/ready"): OPEN,
    **{("GET", page): LOOK for page in PAGES.split()},
    **{("GET", f"/api/v1/{reading}"): LOOK for reading in READINGS.split()},
    **{("POST", f"/api/v1/{order}"): action for order, action in ORDERS.items()},
    **{(method, f"/actions/{form}"): FORMS[form] for method, form in product(BOTH, FORMS)},
    ("GET", "/people"): OWN,
    **{(method, "/account/password"): OWN for method in BOTH},
    ("POST", "/account/sessions/end"): OWN,
    **{(method, "/account/tokens"): OWN for method in BOTH},
    **{(method, "/account/tokens/{number}/revoke"): OWN for method in BOTH},
    ("POST", "/people"): MANAGE,
    ("GET", "/people/add"): MANAGE,
    ("GET", "/people/{name}"): MANAGE,
    **{
        (method, f"/people/{{name}}/{change}"): MANAGE
        for method, change in product(BOTH, ("role", "password", "disable", "enable", "tokens/{number}/revoke"))
    },
    ("POST", "/logout"): LOOK,
}
IN_PERSON = ("/people", "/account")
"""Where no API token serves, whatever its role."""

ENDLESS = ("GET", "/live")
WHO = [*Role, None]


def routes_of(app: FastAPI) -> Iterator[tuple[str, str, set[Action]]]:
    """Each method and path, with the actions that its dependencies demand."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is not None:
            for method in route.methods or ():
                yield method, str(route.path), set(demanded_by(dependant))


def demanded_by(dependant: Dependant) -> Iterator[Action]:
    if isinstance(dependant.call, May):
        yield dependant.call.action
    for each in dependant.dependencies:
        yield from demanded_by(each)


def test_every_route_demands_the_action_of_the_table(site: Site) -> None:
    found = {(method, path): actions for method, path, actions in routes_of(site.app)}
    assert found == {route: {action} if action else set() for route, action in ROUTES.items()}


def test_nothing_else_is_mounted_but_the_assets(site: Site) -> None:
    mounted = [route for route in site.app.routes if isinstance(route, Mount)]
    assert [route.path for route in mounted] == ["/static"]


@pytest.mark.parametrize("role", WHO)
def test_a_browser_is_let_in_where_its_role_may_and_nowhere_else(site: Site, role: Role | None) -> None:
    browser = site.browser(role)
    token = token_of(browser) if role else ""
    for (method, path), action in ROUTES.items():
        if action is OPEN or ((method, path) == ENDLESS and role is not None):
            continue
        answer = ask(browser, method, path, {"x-csrf-token": token})
        if role is None:
            is_api = path.startswith("/api/")
            assert (answer.status, answer.header("location") or "") == (
                (401, "") if is_api else (303, login_for(path, method))
            )
        else:
            assert (answer.status == 403) is not is_allowed(role, action), (method, path)
            assert answer.status not in {401, 405, 500}, (method, path)
            assert not (answer.header("location") or "").startswith("/login?"), (method, path)


@pytest.mark.parametrize("role", Role)
def test_a_token_is_let_in_where_its_role_may_but_not_to_people(site: Site, role: Role) -> None:
    script = site.script(role)
    for (method, path), action in ROUTES.items():
        if action is OPEN or (method, path) == ENDLESS:
            continue
        answer = ask(script, method, path, {})
        is_let_in = is_allowed(role, action) and not path.startswith(IN_PERSON)
        assert (answer.status == 403) is not is_let_in, (method, path)
        assert answer.status not in {401, 405, 500}, (method, path)


@pytest.mark.parametrize("role", Role)
def test_nothing_is_done_for_a_browser_without_its_csrf_token(site: Site, role: Role) -> None:
    browser = site.browser(role)
    before = site.kinds()
    for method, path in ROUTES:
        if method == "POST" and path not in {"/login", "/update"}:
            assert ask(browser, method, path, {}).status == 403, path
            assert ask(browser, method, path, {"x-csrf-token": "0" * 64}).status == 403, path
    assert site.kinds() == before


def test_every_answer_carries_the_headers_that_guard_it(site: Site) -> None:
    browser = site.browser(Role.ADMIN)
    token = token_of(browser)
    answers = {route: ask(browser, *route, {"x-csrf-token": token}) for route in ROUTES if route != ENDLESS}
    answers["GET", "/nowhere"] = browser.get("/nowhere")
    answers["PUT", "/sales"] = browser.ask("PUT", "/sales")
    answers["GET", "host"] = browser.get("/", host="evil.example")
    for route, answer in answers.items():
        assert {name: answer.header(name) for name in GUARDS} == GUARDS, route
        assert answer.header("server") is None, route
        assert answer.header("strict-transport-security") is None, route


def ask(browser: Browser, method: str, path: str, headers: dict[str, str]) -> Answer:
    if method == "GET":
        return browser.ask(method, filled(path), headers=headers)
    given = {"origin": "http://localhost:7370"} | headers
    if path.startswith("/api/"):
        return browser.post_json(filled(path), {}, **given)
    return browser.post(filled(path), {}, **given)


def filled(path: str) -> str:
    values = {"exchange": "north", "fill_id:path": "1", "number": "1", "issuance_id": "1", "name": "vic"}
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def login_for(path: str, method: str) -> str:
    return f"/login?next={filled(path)}" if method == "GET" else "/login"


GUARDS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        "script-src-attr 'none'; style-src-attr 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cache-control": "no-store",
}
