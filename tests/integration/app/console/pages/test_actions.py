import re
from html import unescape

import pytest

from app.console import messages
from app.domain.access import Role
from app.domain.fills import FillKind
from tests.integration.app.console.api.world import BY_HAND, NAMES, World
from tests.integration.app.console.browser import Answer, Browser
from tests.integration.app.console.pages.conftest import Make

REASON = 'the price & the "book" look <odd>'
FORMS: dict[str, dict[str, str | list[str]]] = {
    "poll": {"exchange": "north"},
    "publish": {},
    "halt": {"what": "publishing", "exchange": "north"},
    "resume": {"what": "publishing", "exchange": "south"},
    "pull-offers": {"exchange": "north"},
    "claim": {"fill": [f"north/{BY_HAND[0]}"]},
    "dismiss": {"fill": [f"north/{BY_HAND[1]}"]},
    "resolve": {"issuance": "2"},
}
LEAVES = {
    "poll": "PollAsked",
    "publish": "PublishAsked",
    "halt": "Halted",
    "resume": "Resumed",
    "pull-offers": "PullAsked",
    "claim": "SalesClaimed",
    "dismiss": "SalesDismissed",
    "resolve": "ResolveAsked",
}


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world("ordinary")


@pytest.fixture(scope="module")
def refusing_world(make_world: Make) -> World:
    """One that nothing changes, because everything is refused."""
    return make_world("ordinary")


def logged_in(world: World, role: Role) -> Browser:
    browser = Browser(world.app)
    assert browser.log_in(NAMES[role], f"a long passphrase of {role}").status == 303
    return browser


def token_on(answer: Answer) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', answer.text)
    assert found is not None
    return found[1]


def send(browser: Browser, action: str, **more: str | list[str]) -> Answer:
    token = token_on(browser.get("/halts"))
    return browser.post(f"/actions/{action}", {"csrf_token": token} | FORMS[action] | more)


def newest_event(world: World) -> int:
    return world.parts.records.newest_event()


def test_each_action_is_done_with_its_reason_in_the_events_and_said_once_on_the_next_page(world: World) -> None:
    browser = logged_in(world, Role.OPERATOR)
    for action, leaves in LEAVES.items():
        before = newest_event(world)
        answer = send(browser, action, why=REASON, confirmed="yes")
        assert answer.status == 303, (action, answer.text)
        events = [each for each in world.parts.records.events_after(before, 10) if each.kind == leaves]
        assert len(events) == 1, action
        assert '"who": "ann"' in events[0].detail
        assert "the price &" in events[0].detail
        following = str(answer.header("location"))
        shown = re.findall(r'<p class="notice good">([^<]+)</p>', browser.get(following).text)
        assert len(shown) == 1, action
        assert '<p class="notice good">' not in browser.get(following).text, "it is said once"


@pytest.mark.parametrize("action", FORMS)
def test_a_form_says_what_will_happen_before_it_does(refusing_world: World, action: str) -> None:
    query = {"claim": f"?fill=north/{BY_HAND[0]}", "dismiss": f"?fill=north/{BY_HAND[0]}", "resolve": "?issuance=2"}
    before = newest_event(refusing_world)
    answer = refusing_world.by(Role.OPERATOR).get(f"/actions/{action}{query.get(action, '')}")
    assert answer.status == 200
    assert "What will happen" in answer.text
    assert f'action="/actions/{action}"' in answer.text
    assert newest_event(refusing_world) == before


@pytest.mark.parametrize("action", FORMS)
@pytest.mark.parametrize(
    "entered", [{"why": REASON}, {"why": " ", "confirmed": "yes"}, {"why": "x" * 1001, "confirmed": "yes"}]
)
def test_without_reason_or_confirmation_nothing_is_done_and_nothing_typed_is_lost(
    refusing_world: World, action: str, entered: dict[str, str]
) -> None:
    before = newest_event(refusing_world)
    answer = refusing_world.by(Role.ADMIN).post(f"/actions/{action}", FORMS[action] | entered)
    assert answer.status == 422
    assert newest_event(refusing_world) == before
    typed = re.search(r"<textarea[^>]*>([^<]*)</textarea>", answer.text)
    assert typed is not None
    assert unescape(typed[1]) == entered["why"]
    assert ("checked" in answer.text) == ("confirmed" in entered)
    if "exchange" in FORMS[action]:
        assert f'<option value="{FORMS[action]["exchange"]}" selected>' in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize("action", FORMS)
@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_who_may_not_is_refused_by_the_server(refusing_world: World, action: str, role: Role | None) -> None:
    before = newest_event(refusing_world)
    browser = refusing_world.by(role)
    for answer in (
        browser.get(f"/actions/{action}"),
        browser.post(f"/actions/{action}", FORMS[action] | {"why": REASON, "confirmed": "yes"}),
    ):
        assert answer.status == (403 if role else 303)
    assert newest_event(refusing_world) == before


def test_a_form_of_another_site_does_nothing(refusing_world: World) -> None:
    browser = logged_in(refusing_world, Role.OPERATOR)
    before = newest_event(refusing_world)
    entered = FORMS["halt"] | {"why": REASON, "confirmed": "yes"}
    token = token_on(browser.get("/halts"))
    assert browser.post("/actions/halt", entered).status == 403
    assert browser.post("/actions/halt", entered | {"csrf_token": token}, origin="https://evil.example").status == 403
    assert newest_event(refusing_world) == before


def test_sending_a_form_twice_does_it_once(world: World) -> None:
    browser = logged_in(world, Role.OPERATOR)
    for action in ("halt", "claim"):
        first, second = (send(browser, action, why=REASON, confirmed="yes") for _ in range(2))
        assert (first.status, second.status) == (303, 303)
    assert len(world.events("Halted")) == 3, "two of the world's own, and one"
    claimed = [row for row in world.parts.records.sales(limit=50).rows if row.fill_id == BY_HAND[0]]
    assert [row.kind for row in claimed] == [FillKind.SALE]
    assert len([kind for kind, _ in world.events("SalesClaimed")]) == 2


def test_what_cannot_be_done_is_said_in_the_form(refusing_world: World) -> None:
    world, browser = refusing_world, logged_in(refusing_world, Role.OPERATOR)
    wrong: list[tuple[str, dict[str, str | list[str]]]] = [
        ("poll", {"exchange": "mars"}),
        ("halt", {"what": "issuing", "exchange": "north"}),
        ("halt", {"what": "trading"}),
        ("pull-offers", {"exchange": "dry"}),
    ]
    before = newest_event(world)
    for action, values in wrong:
        answer = send(browser, action, why=REASON, confirmed="yes", **values)
        assert answer.status == 422, action
        (sentence,) = re.findall(r'role="alert" id="wrong"[^>]*>([^<]*)</p>', answer.text)
        assert sentence
        assert REASON in unescape(answer.text)
    assert newest_event(world) == before


@pytest.mark.parametrize(
    "fills", [[], ["north"], ["north/"], ["north/none"], ["mars/1"], ["north/\0"], [f"north/{n}" for n in range(101)]]
)
def test_only_fills_that_there_are_can_be_claimed(refusing_world: World, fills: list[str]) -> None:
    before = newest_event(refusing_world)
    answer = refusing_world.by(Role.OPERATOR).post("/actions/claim", {"fill": fills, "why": REASON, "confirmed": "yes"})
    assert answer.status == 422
    assert newest_event(refusing_world) == before


@pytest.mark.parametrize("issuance", ["", "x", "99", "-1", str(2**63), "1" * 5000])
def test_only_an_issuance_that_there_is_can_be_resolved(refusing_world: World, issuance: str) -> None:
    answer = refusing_world.by(Role.OPERATOR).get(f"/actions/resolve?issuance={issuance}")
    assert answer.status == 422
    assert "expected the number of one that is in the ledger" in answer.text


def test_nobody_else_can_have_a_page_say_something(refusing_world: World) -> None:
    browser = logged_in(refusing_world, Role.OPERATOR)
    other = logged_in(refusing_world, Role.ADMIN)
    assert send(other, "poll", why=REASON, confirmed="yes").status == 303
    for forged in (other.cookies[messages.COOKIE], "c2F5.x", "c2F5", "..", "%%%"):
        browser.cookies[messages.COOKIE] = forged
        answer = browser.get("/halts")
        assert answer.status == 200
        assert '<p class="notice good">' not in answer.text


def test_what_a_page_fetches_by_itself_leaves_the_message_for_the_person(refusing_world: World) -> None:
    browser = logged_in(refusing_world, Role.OPERATOR)
    location = str(send(browser, "poll", why=REASON, confirmed="yes").header("location"))
    assert '<p class="notice good">' not in browser.get(location, hx_request="true").text
    assert '<p class="notice good">' in browser.get(location).text
