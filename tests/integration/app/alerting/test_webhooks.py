"""Webhooks, PagerDuty and Apprise against a server that notes, refuses, hangs and breaks."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from app.alerting.messages import Kind, Message
from app.alerting.targets import posting
from app.alerting.targets.elsewhere import AppriseTarget
from app.alerting.targets.pagerduty import PagerDutyTarget
from app.alerting.targets.slack import SlackTarget
from app.alerting.telling import Target
from app.domain.alerts import Alert, Rule, Severity
from app.domain.errors import InvalidInput, RateLimited, Rejected, Unavailable
from app.local.home import free_ports
from app.settings.alerts import AppriseSettings, PagerDutySettings, SlackSettings
from tests.integration.app.alerting.listening import Hook

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALERT = Alert(Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "it said <!channel> & more\nlook at it", AT)
OVER = replace(ALERT, resolved_at=AT + timedelta(minutes=5))
RAISED = Message(Kind.RAISED, ALERT, AT, "meic", "https://console")
RESOLVED = Message(Kind.RESOLVED, OVER, AT, "meic", "https://console")


def slack(url: str) -> Target:
    return SlackTarget(SlackSettings(url=SecretStr(f"{url}/services/SECRET")))


def pagerduty(url: str) -> Target:
    return PagerDutyTarget(PagerDutySettings(routing_key=SecretStr("SECRET"), url=f"{url}/v2/enqueue"))


def elsewhere(url: str) -> Target:
    return AppriseTarget(
        "phone", AppriseSettings(url=SecretStr(f"json://{url.removeprefix('http://')}/SECRET?-a=SECRET"))
    )


ALL = pytest.mark.parametrize("build", [slack, pagerduty, elsewhere])
OURS = pytest.mark.parametrize("build", [slack, pagerduty])
Build = Callable[[str], Target]


def test_slack_is_told_in_text_that_calls_nobody(host: Hook) -> None:
    slack(host.url).tell(RAISED)
    ((path, body),) = host.posted
    assert path == "/services/SECRET"
    assert body == {
        "text": "*CRITICAL meic: exchange_down north*\nit said &lt;!channel&gt; &amp; more\n"
        "Since 2026-01-02 03:04:05 UTC. What to do: look at it\nhttps://console/exchanges/north"
    }


def test_pagerduty_opens_and_closes_one_incident(host: Hook) -> None:
    target = pagerduty(host.url)
    target.tell(RAISED)
    target.tell(RESOLVED)
    opened, closed = host.bodies("/v2/enqueue")
    assert closed == {"routing_key": "SECRET", "event_action": "resolve", "dedup_key": "meic/exchange_down/north"}
    assert (opened["event_action"], opened["dedup_key"]) == ("trigger", closed["dedup_key"])
    payload = opened["payload"]
    assert payload["summary"] == "CRITICAL meic: exchange_down north: it said <!channel> & more"
    assert (payload["source"], payload["severity"], payload["timestamp"]) == ("meic", "critical", AT.isoformat())
    assert opened["links"] == [{"href": "https://console/exchanges/north", "text": "console"}]


def test_pagerduty_takes_no_summary_that_is_too_long(host: Hook) -> None:
    pagerduty(host.url).tell(replace(RAISED, alert=replace(ALERT, words="x" * 5000 + "\nmend it")))
    assert len(host.bodies()[0]["payload"]["summary"]) == 1024


def test_apprise_tells_wherever_it_knows_to(host: Hook) -> None:
    target = elsewhere(host.url)
    for message, kind in ((RAISED, "failure"), (RESOLVED, "success")):
        target.tell(message)
        body = host.bodies()[-1]
        assert (body["title"], body["message"], body["type"]) == (message.title, "\n".join(message.lines), kind)


@OURS
@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Rejected), (403, Rejected), (404, Rejected), (302, Rejected), (500, Unavailable), (503, Unavailable)],
)
def test_an_answer_that_is_no_yes_is_told_in_the_other_sides_words(
    host: Hook, build: Build, status: int, error: type[Exception]
) -> None:
    host.answers = [(status, "no_service\nreally")]
    with pytest.raises(error, match=f"127.0.0.1 .*{status}: no_service.really") as caught:
        build(host.url).tell(RAISED)
    assert "SECRET" not in str(caught.value)


@OURS
@pytest.mark.parametrize(("header", "seconds"), [("17", 17.0), ("soon", 30.0)])
def test_who_asks_for_fewer_messages_says_when_to_come_again(
    host: Hook, build: Build, header: str, seconds: float
) -> None:
    host.answers, host.headers = [(429, "")], {"Retry-After": header}
    with pytest.raises(RateLimited) as caught:
        build(host.url).tell(RAISED)
    assert caught.value.retry_after_seconds == seconds


@ALL
def test_a_host_that_cannot_be_reached_is_named_without_the_secret(
    build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    with pytest.raises(Unavailable) as caught:
        build(f"http://127.0.0.1:{free_ports({'nobody': 0})['nobody']}").tell(RAISED)
    assert "SECRET" not in str(caught.value) + caplog.text
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@OURS
def test_a_host_that_hangs_is_not_waited_for_long(host: Hook, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 0.2)
    host.may_answer.clear()
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 did not answer within"):
        build(host.url).tell(RAISED)


def test_apprise_that_is_refused_says_why_without_the_secret(host: Hook) -> None:
    host.answers = [(403, "")] * 9
    with pytest.raises(Unavailable, match=r"phone was not told: .*403") as caught:
        elsewhere(host.url).tell(RAISED)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense://SECRET", "is none that Apprise knows"),
        ("pagerduty://SECRET", "is none that Apprise knows"),
        ("json://example.com/SECRET", "tells in clear text"),
        ("mailto://ada:SECRET@example.com", "tells in clear text"),
    ],
)
def test_a_url_that_apprise_cannot_use_safely_is_refused_and_not_repeated(
    url: str, sentence: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidInput, match=sentence) as caught:
        AppriseTarget("phone", AppriseSettings(url=SecretStr(url)))
    assert "SECRET" not in str(caught.value) + caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("url", ["jsons://example.com/SECRET", "tgram://123456789:abcdefg_hijklmnop/12315544/"])
def test_a_url_that_apprise_tells_over_tls_is_taken(url: str) -> None:
    assert AppriseTarget("phone", AppriseSettings(url=SecretStr(url))).is_reminded


def test_what_is_posted_is_json(host: Hook) -> None:
    posting.post_json(f"{host.url}/x", {"text": "ü"})
    assert json.dumps(host.posted) == '[["/x", {"text": "\\u00fc"}]]'
