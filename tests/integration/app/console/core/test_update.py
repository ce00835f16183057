from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError

from app.access.updates import sign_update
from app.celery import app as celery_app
from app.domain.access import Role
from app.ndau.keys import PrivateKey
from tests.integration.app.console.browser import Answer, Browser
from tests.integration.app.console.core.conftest import Site

PUBLISH = "tasks.offering.publish_offers"


def signed(site: Site, seconds: float = 0, key: PrivateKey | None = None) -> bytes:
    return sign_update(key or site.key, (site.clock.now() + timedelta(seconds=seconds)).isoformat()).encode()


def send(site: Site, body: bytes, **headers: str) -> Answer:
    return Browser(site.app).ask("POST", "/update", headers={"content-type": "application/json"} | headers, body=body)


def test_a_signed_timestamp_rings_publishing_and_is_told(site: Site) -> None:
    answer = send(site, signed(site))
    assert (answer.status, answer.body) == (204, b"")
    assert site.bells == [PUBLISH]
    assert site.kinds()[-1] == "SignedUpdate"


def test_a_second_time_it_rings_nothing(site: Site) -> None:
    body = signed(site)
    send(site, body)
    answer = send(site, body)
    assert (answer.status, answer.json()["detail"]) == (400, "the timestamp was used before; expected a new one")
    assert site.bells == [PUBLISH]
    assert site.kinds().count("SignedUpdate") == 1


@pytest.mark.parametrize(
    ("seconds", "status"), [(-31, 400), (-30, 204), (30, 204), (31, 400), (-86_400, 400), (86_400, 400)]
)
def test_it_serves_within_thirty_seconds_of_the_servers_clock(site: Site, seconds: int, status: int) -> None:
    assert send(site, signed(site, seconds)).status == status
    assert site.bells == ([PUBLISH] if status == 204 else [])


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"no json", b"a" * 5000, b"a" * 200_000])
def test_what_is_something_else_is_refused_with_a_reason(site: Site, body: bytes) -> None:
    answer = send(site, body)
    assert (answer.status, answer.header("content-type")) == (400, "application/problem+json")
    assert "; expected" in answer.json()["detail"]
    assert site.bells == []


def test_another_key_is_refused(site: Site) -> None:
    answer = send(site, signed(site, key=PrivateKey.generate()))
    assert answer.status == 400
    assert "none of a configured key" in answer.json()["detail"]
    assert site.bells == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_only_post_is_taken(site: Site, method: str) -> None:
    answer = Browser(site.app).ask(method, "/update", body=signed(site))
    assert (answer.status, answer.header("allow")) == (405, "POST")
    assert site.bells == []


def test_it_needs_no_login_and_takes_no_notice_of_one(site: Site) -> None:
    browser = site.browser(Role.VIEWER)
    headers = {"content-type": "application/json", "origin": "https://evil.example"}
    assert browser.ask("POST", "/update", headers=headers, body=signed(site)).status == 204
    assert browser.ask("POST", "/update", headers=headers, body=b"{}").status == 400


def test_without_a_broker_it_is_told_that_beat_follows_and_the_timestamp_is_used_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(celery_app, "send_task", away)
    body = signed(site)
    answer = send(site, body)
    assert answer.status == 503
    assert "the timestamp is used up, but no worker could be told" in answer.json()["detail"]
    assert site.kinds()[-1] == "SignedUpdate"
    assert "was used before" in send(site, body).json()["detail"]


def test_who_sends_wrong_signatures_waits_a_minute_and_others_do_not(site: Site) -> None:
    wrong = signed(site, key=PrivateKey.generate())
    for _ in range(20):
        send(site, wrong)
    assert "too many wrong signatures" in send(site, signed(site)).json()["detail"]
    other = Browser(site.app, address="192.0.2.9")
    assert other.ask("POST", "/update", body=signed(site)).status == 204
    site.clock.wait(60)
    assert send(site, signed(site)).status == 204
