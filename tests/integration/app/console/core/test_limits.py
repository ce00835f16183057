import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from starlette.types import Message

from app.console import limits
from app.domain.access import Role
from tests.integration.app.console.browser import Browser
from tests.integration.app.console.core.conftest import PUBLIC_NAME, Site


def test_a_body_that_says_it_is_too_long_is_not_read(site: Site) -> None:
    answer = Browser(site.app).ask("POST", "/login", headers={"content-length": str(limits.LONGEST_BODY_BYTES + 1)})
    assert answer.status == 413
    assert "at most 1048576 bytes" in answer.text


@pytest.mark.parametrize("path", ["/login", "/api/v1/halts", "/people"])
def test_a_body_that_turns_out_too_long_is_refused(site: Site, path: str) -> None:
    body = b"name=" + b"a" * limits.LONGEST_BODY_BYTES
    headers = {
        "content-length": "",
        "content-type": "application/x-www-form-urlencoded",
        "origin": "http://localhost:7370",
    }
    assert Browser(site.app).ask("POST", path, headers=headers, body=body).status == 413


def test_a_body_that_does_not_come_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    sent: list[Message] = []
    scope = Browser(site.app)._scope("POST", "/login", _FORM)
    asyncio.run(asyncio.wait_for(site.app(scope, _never, _into(sent)), 10))
    assert sent[0]["status"] == 408


def test_an_answer_that_takes_too_long_is_given_up_unless_it_is_to_last(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.05)

    async def endless(*_: object) -> None:
        await asyncio.Event().wait()

    async def ask(path: str, seconds: float) -> None:
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        async with asyncio.timeout(seconds):
            await limits.Limits(endless)(scope, _never, _into([]))

    asyncio.run(ask("/sales.csv", 10))
    assert "GET /sales.csv was not done within 0.05 s" in caplog.text
    with pytest.raises(TimeoutError):
        asyncio.run(ask("/live", 0.2))


@pytest.mark.parametrize("host", ["evil.example", "", "localhost.evil.example", "127.0.0.1.evil.example:7370", "[::2]"])
def test_a_host_name_that_is_none_of_ours_is_refused(site: Site, host: str) -> None:
    answer = Browser(site.app).get("/login", host=host)
    assert answer.status == 400
    assert "console.allowed_hosts" in answer.text


@pytest.mark.parametrize(
    "host", [PUBLIC_NAME, PUBLIC_NAME.upper(), f"{PUBLIC_NAME}:443", f"{PUBLIC_NAME}.", "127.0.0.1", "[::1]"]
)
def test_the_settings_names_and_loopbacks_are_ours(site: Site, host: str) -> None:
    assert Browser(site.app).get("/login", host=host).status == 200


def test_probes_may_call_by_any_name(site: Site) -> None:
    assert Browser(site.app).get("/health", host="10.1.2.3:7370").json() == {"status": "ok"}
    assert Browser(site.app).get("/ready", host="10.1.2.3:7370").status in {200, 503}


def test_readiness_names_what_is_missing_and_no_more(site: Site) -> None:
    ready = dict.fromkeys(("ledger", "broker"), lambda: "as it should be")
    site.app.state.needs = ready
    answer = Browser(site.app).get("/ready")
    assert (answer.status, answer.json()) == (200, {"status": "ready", "ledger": "ok", "broker": "ok"})
    site.app.state.needs = ready | {"broker": _broken}
    answer = Browser(site.app).get("/ready")
    assert (answer.status, answer.json()) == (503, {"status": "not ready", "ledger": "ok", "broker": "missing"})
    assert "redis" not in answer.text


def test_what_is_not_there_is_told_as_who_asked_expects_it(site: Site) -> None:
    assert Browser(site.app).get("/nowhere").header("content-type") == "text/html; charset=utf-8"
    problem = Browser(site.app).get("/api/v1/nowhere")
    assert (problem.status, problem.header("content-type")) == (404, "application/problem+json")
    wrong = site.script(Role.VIEWER).ask("DELETE", "/api/v1/halts")
    assert (wrong.status, wrong.header("content-type")) == (405, "application/problem+json")
    assert set((wrong.header("allow") or "").split(", ")) <= {"GET", "POST"}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"])
def test_the_frameworks_own_pages_are_not_there(site: Site, path: str) -> None:
    assert site.browser(Role.ADMIN).get(path).status == 404


@pytest.mark.parametrize("path", ["/api/v1/me", "/people"])
def test_what_nobody_foresaw_is_logged_and_not_told(
    site: Site, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(site.parts.access.tokens, "find", _broken)
    answer = site.script(Role.VIEWER).get(path)
    assert answer.status == 500
    assert "a secret of ours" not in answer.text
    assert "Traceback" not in answer.text
    reference = answer.text.partition("at reference ")[2][:16]
    assert f"GET {path} failed (reference {reference})" in caplog.text
    assert "a secret of ours" in caplog.text
    assert answer.header("x-frame-options") == "DENY"


def test_a_ledger_that_does_not_answer_is_told_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> None:
        raise OperationalError("SELECT", {}, Exception("server closed the connection; password=hush"))

    monkeypatch.setattr(site.parts.access.tokens, "find", away)
    answer = site.script(Role.VIEWER).get("/api/v1/me")
    assert (answer.status, answer.json()["detail"]) == (503, "the ledger does not answer; try again in some seconds")


def test_assets_are_kept_by_browsers_as_long_as_their_address_names_their_content(site: Site) -> None:
    page = Browser(site.app).get("/login").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "?v=" in address
    answer = Browser(site.app).get(address)
    assert (answer.status, answer.header("cache-control")) == (200, "public, max-age=31536000, immutable")
    assert Browser(site.app).get(address.partition("?")[0]).header("cache-control") == "no-store"
    assert Browser(site.app).get("/static/nothing.css?v=1").header("cache-control") == "no-store"


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/", "/static/vendor"])
def test_no_other_file_is_given_out(site: Site, path: str) -> None:
    assert Browser(site.app).get(path).status == 404


_FORM = {
    "host": "localhost:7370",
    "content-type": "application/x-www-form-urlencoded",
    "content-length": "10",
    "origin": "http://localhost:7370",
}


def _broken(*_: Any) -> str:
    raise RuntimeError("a secret of ours: redis://:hush@broker")


async def _never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def _into(sent: list[Message]) -> Any:
    async def send(message: Message) -> None:
        sent.append(message)

    return send
