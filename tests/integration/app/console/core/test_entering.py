import re

import pytest

from app.domain.access import Role
from tests.integration.app.console.browser import Browser
from tests.integration.app.console.core.conftest import NAMES, PASSWORDS, PUBLIC_NAME, Site, token_of

NAME, PASSWORD = NAMES[Role.OPERATOR], PASSWORDS[Role.OPERATOR]
MINUTE = 60


def is_in(browser: Browser) -> bool:
    return browser.get("/api/v1/me").status == 200


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_one_logs_in_works_and_logs_out(site: Site) -> None:
    browser = Browser(site.app)
    assert browser.get("/").header("location") == "/login?next=/"
    answer = browser.log_in(NAME, PASSWORD)
    assert (answer.status, answer.header("location")) == (303, "/")
    assert browser.get("/api/v1/me").json()["name"] == NAME
    answer = site.send(browser, "/logout")
    assert (answer.status, answer.header("location")) == (303, "/login")
    assert "meic_session" not in browser.cookies
    assert not is_in(browser)
    assert site.kinds()[-2:] == ["LoggedIn", "LoggedOut"]


def test_a_session_that_was_logged_out_is_over_for_whoever_kept_its_cookie(site: Site) -> None:
    browser = site.browser(Role.OPERATOR)
    kept = Browser(site.app, cookies=dict(browser.cookies))
    assert is_in(kept)
    site.send(browser, "/logout")
    assert not is_in(kept)


def test_the_cookie_is_for_the_server_alone_and_for_no_other_site(site: Site) -> None:
    cookies = Browser(site.app).log_in(NAME, PASSWORD).set_cookies
    assert set(cookies) == {"meic_session", "meic_browser"}
    for cookie in cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "lax", "/", "")
        assert not cookie["secure"]
    assert cookies["meic_session"]["max-age"] == ""


def test_by_https_it_is_for_https_and_this_host_alone(site: Site) -> None:
    browser = Browser(site.app, scheme="https", host=PUBLIC_NAME, address="192.0.2.1")
    answer = browser.log_in(NAME, PASSWORD)
    assert set(answer.set_cookies) == {"__Host-meic_session", "__Host-meic_browser"}
    for cookie in answer.set_cookies.values():
        assert cookie["secure"]
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    assert answer.header("strict-transport-security") == "max-age=63072000; includeSubDomains"
    assert is_in(browser)
    plain = Browser(site.app, cookies={"meic_session": browser.cookies["__Host-meic_session"]})
    planted = Browser(site.app, scheme="https", host=PUBLIC_NAME, cookies=plain.cookies)
    assert not is_in(planted)


def test_a_token_that_was_planted_before_is_not_the_sessions(site: Site) -> None:
    browser = Browser(site.app, cookies={"meic_session": "planted by somebody else"})
    browser.log_in(NAME, PASSWORD)
    assert browser.cookies["meic_session"] != "planted by somebody else"
    assert not is_in(Browser(site.app, cookies={"meic_session": "planted by somebody else"}))


def test_logging_in_again_ends_the_browsers_session_of_before(site: Site) -> None:
    browser = site.browser(Role.VIEWER)
    before = Browser(site.app, cookies=dict(browser.cookies))
    browser.log_in(NAME, PASSWORD)
    assert not is_in(before)
    assert browser.get("/api/v1/me").json()["name"] == NAME


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong"), ("nobody", PASSWORD), ("NO NAME", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_are_told_alike(site: Site, name: str, password: str) -> None:
    browser = Browser(site.app)
    answer = browser.log_in(name, password)
    assert answer.status == 401
    assert "the name or the password is wrong" in words(answer.text)
    assert "meic_session" not in browser.cookies


def test_what_was_typed_is_shown_again_but_for_the_password(site: Site) -> None:
    page = Browser(site.app).log_in('"><script>', "my secret passphrase", "/sales?kind=sale").text
    assert "my secret passphrase" not in page
    assert "<script>" not in page.partition("<main")[2]
    assert 'name="next" value="/sales?kind=sale"' in page


def test_after_five_failures_one_waits_and_is_told_how_long(site: Site) -> None:
    browser = Browser(site.app)
    for _ in range(5):
        assert browser.log_in(NAME, "wrong").status == 401
    answer = browser.log_in(NAME, PASSWORD)
    assert (answer.status, answer.header("retry-after")) == (429, "15")
    assert "too many failed logins; try again in 15 s" in words(answer.text)
    site.clock.wait(15)
    assert browser.log_in(NAME, PASSWORD).status == 303
    assert site.kinds().count("LoginThrottled") == 1


def test_a_browser_that_was_in_before_does_not_wait_for_failures_elsewhere(site: Site) -> None:
    known = site.browser(Role.OPERATOR)
    for number in range(25):
        Browser(site.app, address=f"203.0.113.{number}").log_in(NAME, "wrong")
    assert Browser(site.app, address="198.51.100.9").log_in(NAME, PASSWORD).status == 429
    assert known.log_in(NAME, PASSWORD).status == 303


def test_who_is_disabled_is_out_at_once(site: Site) -> None:
    browser = site.browser(Role.OPERATOR)
    site.parts.access.people.disable(NAME, by="anna", why="left")
    assert not is_in(browser)
    assert browser.log_in(NAME, PASSWORD).status == 401


def test_it_ends_after_half_an_hour_of_nothing_and_after_twelve_hours_of_anything(site: Site) -> None:
    browser = site.browser(Role.OPERATOR)
    for _ in range(24):
        site.clock.wait(29 * MINUTE)
        assert is_in(browser)
    site.clock.wait(24 * MINUTE)
    answer = browser.get("/sales?kind=sale")
    assert (answer.status, answer.header("location")) == (303, "/login?next=/sales%3Fkind%3Dsale")
    browser.log_in(NAME, PASSWORD)
    site.clock.wait(30 * MINUTE)
    assert not is_in(browser)


def test_a_page_that_refreshes_itself_keeps_nobody_in(site: Site) -> None:
    browser = site.browser(Role.OPERATOR)
    for _ in range(29):
        site.clock.wait(MINUTE)
        assert browser.get("/api/v1/me", hx_request="true").status == 200
    site.clock.wait(MINUTE)
    answer = browser.get("/api/v1/me", hx_request="true")
    assert answer.status == 401


def test_a_page_part_that_is_asked_for_too_late_leads_to_the_login(site: Site) -> None:
    answer = Browser(site.app).get("/sales", hx_request="true")
    assert (answer.status, answer.header("hx-redirect")) == (401, "/login")
    assert Browser(site.app).get("/live", accept="text/event-stream").status == 401


@pytest.mark.parametrize(
    "next_page",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\tevil",
        "javascript:alert(1)",
        "evil",
        "",
        "/login",
    ],
)
def test_one_is_led_to_no_other_site(site: Site, next_page: str) -> None:
    answer = Browser(site.app).log_in(NAME, PASSWORD, next_page)
    assert answer.header("location") == "/"


def test_one_is_led_to_where_one_was_going(site: Site) -> None:
    answer = Browser(site.app).log_in(NAME, PASSWORD, "/sales?kind=sale&exchange=north")
    assert answer.header("location") == "/sales?kind=sale&exchange=north"


@pytest.mark.parametrize("host", ["127.0.0.1:7370", "localhost", "[::1]:7370"])
def test_without_https_one_logs_in_from_this_machine(site: Site, host: str) -> None:
    assert Browser(site.app, host=host).log_in(NAME, PASSWORD).status == 303


def test_without_https_no_password_is_taken_from_elsewhere(site: Site) -> None:
    browser = Browser(site.app, host=PUBLIC_NAME)
    answer = browser.get("/login")
    assert "passwords go through https only" in words(answer.text)
    assert 'type="password"' not in answer.text
    assert browser.log_in(NAME, PASSWORD).status == 403
    assert "meic_session" not in browser.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": ""},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:9999"},
        {"origin": "", "sec_fetch_site": "cross-site"},
        {"origin": "", "sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
    ],
)
def test_another_sites_page_logs_nobody_in(site: Site, headers: dict[str, str]) -> None:
    browser = Browser(site.app)
    assert browser.post("/login", {"name": NAME, "password": PASSWORD}, **headers).status == 403
    assert not browser.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "", "sec_fetch_site": "cross-site"},
        {"origin": "", "sec_fetch_site": "same-site"},
    ],
)
def test_even_with_its_token_a_form_of_another_site_does_nothing(site: Site, headers: dict[str, str]) -> None:
    browser = site.browser(Role.OPERATOR)
    token = token_of(browser)
    assert browser.post("/logout", {"csrf_token": token}, **headers).status == 403
    assert is_in(browser)


def test_a_form_needs_the_token_of_its_own_session(site: Site) -> None:
    browser, other = site.browser(Role.OPERATOR), site.browser(Role.OPERATOR)
    wrong = ["", "0" * 64, token_of(other), token_of(browser)[:-1]]
    for token in wrong:
        assert browser.post("/logout", {"csrf_token": token}).status == 403
        assert browser.post("/logout", {}, x_csrf_token=token).status == 403
    assert browser.post("/logout", {"csrf_token": [token_of(browser), "0"]}).status == 403
    assert is_in(browser)
    assert browser.post("/logout", {}, x_csrf_token=token_of(browser), origin="").status == 303


def test_a_token_and_a_session_together_are_refused(site: Site) -> None:
    browser = site.browser(Role.OPERATOR)
    answer = browser.get("/api/v1/me", authorization=f"Bearer {site.tokens[Role.ADMIN]}")
    assert answer.status == 403
    assert "both a session's cookie and an Authorization header" in answer.json()["detail"]


@pytest.mark.parametrize("shown", ["Bearer", "Bearer x", "Basic Ym9iOmJvYg==", "bearer meic_", "Bearer meic_\xff"])
def test_what_is_no_token_is_told_so(site: Site, shown: str) -> None:
    answer = Browser(site.app).get("/api/v1/me", authorization=shown)
    assert (answer.status, answer.header("www-authenticate")) == (401, "Bearer")
    assert "unknown, revoked or expired" in answer.json()["detail"]


def test_no_page_tells_a_visitor_more_than_that_there_is_none(site: Site) -> None:
    browser = site.browser(Role.VIEWER)
    answer = browser.get("/people/anna")
    assert answer.status == 403
    assert f"{NAMES[Role.VIEWER]} has the role viewer, which may not manage people" in words(answer.text)
