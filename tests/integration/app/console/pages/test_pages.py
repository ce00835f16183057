import re
from urllib.parse import quote

import pytest

from app.domain.access import Role
from app.domain.alerts import Finding, Rule, Severity, alert_of
from app.store.alerts import SqlAlerts
from tests.integration.app.console.api.world import BY_HAND, World
from tests.integration.app.console.pages.worlds import EVIL

LISTS = ("/", "/sales", "/issuances", "/offers", "/exchanges", "/events", "/halts", "/alerts")
ACTIONS = ("poll", "publish", "halt", "resume", "pull-offers")
MARKUP_THAT_RUNS = re.compile(
    r"<script(?! src=| type=\"application/json\")|\son\w+=|\sstyle=|javascript:", re.IGNORECASE
)


def pages_of(world: World) -> list[str]:
    """Every page there is in this world, each kind at least once."""
    sales = [f"/sales/{row.exchange}/{quote(row.fill_id)}" for row in world.parts.records.sales(limit=100).rows]
    issuances = [f"/issuances/{row.id}" for row in world.parts.records.issuances(limit=100).rows]
    return [
        *LISTS,
        "/exchanges/north",
        "/exchanges/south",
        "/exchanges/dry",
        "/sales?kind=unclaimed",
        *sales,
        *issuances,
    ]


@pytest.mark.parametrize("role", Role)
def test_every_page_is_shown_to_every_role_whatever_is_in_the_ledger(any_world: World, role: Role) -> None:
    browser = any_world.by(role)
    for path in pages_of(any_world):
        answer = browser.get(path)
        assert answer.status == 200, path
        assert answer.text.count("<h1>") == 1, path
        assert answer.header("content-type") == "text/html; charset=utf-8"


def test_nothing_that_others_wrote_becomes_markup_and_no_page_has_anything_that_its_policy_forbids(
    wrong_world: World,
) -> None:
    browser = wrong_world.by(Role.ADMIN)
    forms = [f"/actions/claim?fill={quote(f'north/{EVIL}')}", "/actions/halt", f"/sales?fill={quote(EVIL)}"]
    seen = ""
    for path in [*pages_of(wrong_world), *forms]:
        text = browser.get(path).text
        assert EVIL not in text, path
        assert not MARKUP_THAT_RUNS.search(text), (path, MARKUP_THAT_RUNS.search(text))
        seen += text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen, "it is shown, as text"


def test_what_is_wrong_stands_on_the_overview_in_its_own_words(wrong_world: World) -> None:
    text = wrong_world.by(Role.VIEWER).get("/").text
    for words in (
        "Halted: publishing on south",
        "Halted: issuing",
        "south is down",
        "503 Service Unavailable",
        "balance is too low",
        "needs a person",
    ):
        assert words in text


def test_a_halt_stands_on_the_overview_once_though_an_alert_tells_of_it_too(wrong_world: World) -> None:
    ledger, clock = wrong_world.parts.ledger, wrong_world.parts.clock
    findings = [
        Finding(rule, "all", Severity.WARNING, f"words of {rule}", "mend it") for rule in (Rule.HALT, Rule.LOW_ROOM)
    ]
    with ledger.leases.hold("alerts", 60) as lease:
        assert lease is not None
        SqlAlerts(ledger.database, clock).keep(lease, [alert_of(each, clock.now()) for each in findings])
    text = wrong_world.by(Role.VIEWER).get("/").text
    assert f"alert:</span> words of {Rule.LOW_ROOM}" in text
    assert f"alert:</span> words of {Rule.HALT}" not in text


def test_an_empty_ledger_says_why_there_is_nothing(make_world) -> None:  # type: ignore[no-untyped-def]
    browser = make_world("empty").by(Role.VIEWER)
    assert "Nothing was sold yet" in browser.get("/sales").text
    assert "No fills match these filters" in browser.get("/sales?kind=other").text
    assert "Nothing is decided yet" in browser.get("/").text
    assert "Nothing is halted" in browser.get("/halts").text


@pytest.mark.parametrize(
    "path",
    ["/sales/north/none", "/sales/nowhere/1", "/sales/north/%00", "/issuances/99", "/issuances/x", "/exchanges/mars"],
)
def test_what_is_not_there_is_a_page_that_says_so(wrong_world: World, path: str) -> None:
    answer = wrong_world.by(Role.VIEWER).get(path)
    assert answer.status == 404
    assert "shows those there are" in answer.text


def test_numbers_beyond_what_a_ledger_holds_are_not_there(wrong_world: World) -> None:
    for number in (2**63 - 1, 2**63, 10**30, 0):
        assert wrong_world.by(Role.VIEWER).get(f"/issuances/{number}").status == 404


def test_only_those_who_may_act_are_shown_how(wrong_world: World) -> None:
    viewer, operator = wrong_world.by(Role.VIEWER), wrong_world.by(Role.OPERATOR)
    fill = f"/sales/north/{quote(BY_HAND[0])}"
    refused = wrong_world.ledger.issuances.open()
    assert refused is not None
    issuance = f"/issuances/{refused.id}"
    for path in (*LISTS, "/exchanges/north", "/sales?kind=unclaimed", fill, issuance):
        assert "/actions/" not in viewer.get(path).text, path
    everywhere = "".join(
        operator.get(path).text for path in (*LISTS, "/exchanges/north", "/sales?kind=unclaimed", fill, issuance)
    )
    for action in (*ACTIONS, "claim", "dismiss", "resolve"):
        assert f"/actions/{action}" in everywhere, action


def test_a_sale_tells_its_story_with_the_time_between_its_steps(wrong_world: World) -> None:
    sold = next(row for row in wrong_world.parts.records.sales(limit=100).rows if row.issuance_state == "issued")
    text = wrong_world.by(Role.VIEWER).get(f"/sales/{sold.exchange}/{sold.fill_id}").text
    steps = ["Offer intended", f"Sold on {sold.exchange}", "Recorded in the ledger", "Put into an issuance", "Signed"]
    assert all(step in text for step in (*steps, "Submitted to the chain", "New offers decided"))
    assert re.search(r"[\d.]+ s later", text)
    issuance = wrong_world.ledger.issuances.find(sold.issuance_id or 0)
    assert issuance is not None
    assert issuance.tx_hash in text


def test_a_page_that_lasts_says_as_of_when_until_it_is_live(wrong_world: World) -> None:
    text = wrong_world.by(Role.VIEWER).get("/").text
    number = wrong_world.parts.records.newest_event()
    assert re.search(rf'id="live" role="status" data-number="{number}">as of \d\d:\d\d:\d\d UTC<', text)
    assert "<noscript>" in text


def test_pages_do_without_valkey_and_say_so(wrong_world: World) -> None:
    assert "Valkey does not answer" in wrong_world.by(Role.VIEWER).get("/exchanges").text
