import json
import re

import pytest

from app.domain.access import Role
from tests.integration.app.console.browser import Answer, Browser
from tests.integration.app.console.core.conftest import NAMES, PASSWORDS, Site

NEW = "another long passphrase"
CONFIRMED = {"why": "a reason & more", "confirmed": "yes"}


def words(answer: Answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2]))


def last(site: Site) -> tuple[str, str, dict[str, object]]:
    (event,) = site.parts.ledger.events.recent(1)
    return event.kind, event.subject, json.loads(event.detail)


def test_an_admin_adds_somebody_who_can_log_in(site: Site) -> None:
    admin = site.browser(Role.ADMIN)
    form = {"name": "carl", "role": "operator", "password": NEW, "again": NEW}
    answer = site.send(admin, "/people", **form)
    assert (answer.status, answer.header("location")) == (303, "/people")
    assert "carl can log in, with the role operator" in words(admin.get("/people"))
    assert last(site) == ("OperatorAdded", "carl", {"who": "anna", "role": "operator"})
    assert Browser(site.app).log_in("carl", NEW).status == 303


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": "bob"}, "there is a user bob already"),
        ({"name": "Carl"}, "the name is"),
        ({"role": "root"}, "the role is"),
        ({"password": "short", "again": "short"}, "the password has 5 characters"),
        ({"again": "something else that is long"}, "the two passwords differ"),
    ],
)
def test_who_does_not_serve_is_not_added_and_what_was_typed_is_kept(
    site: Site, change: dict[str, str], wrong: str
) -> None:
    form = {"name": "carl", "role": "operator", "password": NEW, "again": NEW} | change
    answer = site.send(site.browser(Role.ADMIN), "/people", **form)
    assert answer.status == 422
    assert wrong in words(answer)
    assert f'value="{form["name"]}"' in answer.text
    assert form["password"] not in answer.text
    assert site.parts.access.people.find("carl") is None


def test_an_admin_changes_a_role_and_the_reason_is_in_the_events(site: Site) -> None:
    admin, operator = site.browser(Role.ADMIN), site.browser(Role.OPERATOR)
    answer = site.send(admin, "/people/bob/role", role="viewer", **CONFIRMED)
    assert (answer.status, answer.header("location")) == (303, "/people/bob")
    detail = {"who": "anna", "why": "a reason & more", "from": "operator", "to": "viewer"}
    assert last(site) == ("OperatorRoleChanged", "bob", detail)
    assert operator.get("/api/v1/me").status == 401


def test_an_admin_resets_a_password_disables_and_enables(site: Site) -> None:
    admin = site.browser(Role.ADMIN)
    site.send(admin, "/people/bob/password", password=NEW, again=NEW, **CONFIRMED)
    assert Browser(site.app).log_in("bob", NEW).status == 303
    site.send(admin, "/people/bob/disable", **CONFIRMED)
    assert "disabled" in words(admin.get("/people/bob"))
    assert Browser(site.app).log_in("bob", NEW).status == 401
    site.send(admin, "/people/bob/enable", **CONFIRMED)
    assert Browser(site.app).log_in("bob", NEW).status == 303


@pytest.mark.parametrize("change", ["role", "password", "disable", "enable"])
def test_a_change_of_others_needs_a_reason_and_a_confirmation(site: Site, change: str) -> None:
    admin = site.browser(Role.ADMIN)
    site.parts.access.people.disable("vic", by="test", why="so that enabling changes something")
    before = site.kinds()
    name = "vic" if change == "enable" else "bob"
    form = {"role": "viewer", "password": NEW, "again": NEW}
    unconfirmed = site.send(admin, f"/people/{name}/{change}", why="<b>kept</b>", **form)
    assert "the box at the end is not ticked" in words(unconfirmed)
    assert "&lt;b&gt;kept&lt;/b&gt;" in unconfirmed.text
    assert "expected a reason" in words(site.send(admin, f"/people/{name}/{change}", confirmed="yes", **form))
    assert site.kinds() == before


def test_the_last_admin_cannot_leave(site: Site) -> None:
    admin = site.browser(Role.ADMIN)
    for change in ("role", "disable"):
        answer = site.send(admin, f"/people/anna/{change}", role="viewer", **CONFIRMED)
        assert answer.status == 422
        assert "anna is the last admin" in words(answer)


@pytest.mark.parametrize("path", ["", "/role", "/password", "/disable", "/enable", "/tokens/1/revoke"])
def test_there_is_nobody_of_another_name(site: Site, path: str) -> None:
    admin = site.browser(Role.ADMIN)
    for name in ("nobody", "NOBODY", "a%00b"):
        assert admin.get(f"/people/{name}{path}").status == 404


def test_one_changes_ones_own_password(site: Site) -> None:
    here, there = site.browser(Role.VIEWER), site.browser(Role.VIEWER)
    wrong = site.send(here, "/account/password", old="a guess", password=NEW, again=NEW)
    assert "the present password is wrong" in words(wrong)
    answer = site.send(here, "/account/password", old=PASSWORDS[Role.VIEWER], password=NEW, again=NEW)
    assert answer.status == 303
    assert here.get("/api/v1/me").status == 200
    assert there.get("/api/v1/me").status == 401
    assert Browser(site.app).log_in(NAMES[Role.VIEWER], NEW).status == 303


def test_a_thief_of_a_session_does_not_guess_the_password_for_long(site: Site) -> None:
    browser = site.browser(Role.VIEWER)
    for _ in range(5):
        site.send(browser, "/account/password", old="a guess", password=NEW, again=NEW)
    answer = site.send(browser, "/account/password", old=PASSWORDS[Role.VIEWER], password=NEW, again=NEW)
    assert answer.status == 429
    assert "too many failed logins" in words(answer)


def test_one_logs_out_everywhere_else(site: Site) -> None:
    here, there = site.browser(Role.VIEWER), site.browser(Role.VIEWER)
    site.send(here, "/account/sessions/end")
    assert "other sessions that have ended: 1" in words(here.get("/people"))
    assert there.get("/api/v1/me").status == 401


def test_one_makes_a_token_sees_it_once_and_revokes_it(site: Site) -> None:
    browser = site.browser(Role.OPERATOR)
    answer = site.send(browser, "/account/tokens", label="night <script>", role="operator", days="30")
    secret = re.search(r"meic_[\w-]{43}", answer.text)
    assert secret is not None
    assert answer.header("cache-control") == "no-store"
    assert "<script>" not in answer.text.partition("<main")[2]
    script = Browser(site.app, says={"authorization": f"Bearer {secret[0]}"})
    assert script.get("/api/v1/me").json()["role"] == "operator"
    assert secret[0] not in browser.get("/people").text
    newest = site.parts.access.tokens.of("bob")[0]
    assert site.send(browser, f"/account/tokens/{newest.id}/revoke").status == 422
    assert site.send(browser, f"/account/tokens/{newest.id}/revoke", confirmed="yes").status == 303
    assert script.get("/api/v1/me").status == 401


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"role": "admin"}, "expected no more than bob may do"),
        ({"days": "0"}, "expected 1 to 3660"),
        ({"days": "-1"}, "the days are"),
        ({"days": "1e3"}, "the days are"),
        ({"days": "99999999999999999999"}, "the days are"),
        ({"label": ""}, "expected 1 to 64 characters"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(site: Site, change: dict[str, str], wrong: str) -> None:
    form = {"label": "ci", "role": "viewer", "days": "30"} | change
    answer = site.send(site.browser(Role.OPERATOR), "/account/tokens", **form)
    assert answer.status == 422
    assert wrong in words(answer)
    assert len(site.parts.access.tokens.of("bob")) == 1


def test_nobody_revokes_anothers_token_but_an_admin(site: Site) -> None:
    bobs = site.parts.access.tokens.of("bob")[0]
    assert site.send(site.browser(Role.VIEWER), f"/account/tokens/{bobs.id}/revoke", confirmed="yes").status == 422
    assert site.script(Role.OPERATOR).get("/api/v1/me").status == 200
    site.send(site.browser(Role.ADMIN), f"/people/bob/tokens/{bobs.id}/revoke", **CONFIRMED)
    assert site.script(Role.OPERATOR).get("/api/v1/me").status == 401
    assert last(site)[2]["why"] == "a reason & more"


def test_only_an_admin_sees_everybody(site: Site) -> None:
    assert "Who may use the console" in words(site.browser(Role.ADMIN).get("/people"))
    for role in (Role.VIEWER, Role.OPERATOR):
        page = words(site.browser(role).get("/people"))
        assert "Who may use the console" not in page
        assert "anna" not in page
