from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.alerting.messages import Kind, Message, alert_for_a_test
from app.domain.alerts import Alert, Rule, Severity

RAISED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALERT = Alert(
    Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "north does not answer\nLook at it: `meic doctor`.", RAISED
)
OVER = replace(ALERT, resolved_at=RAISED + timedelta(minutes=12, seconds=5))


def message(kind: Kind, alert: Alert = ALERT, console_url: str = "") -> Message:
    return Message(kind, alert, RAISED + timedelta(hours=4), "meic-eu", console_url)


def test_a_raised_alert_says_what_since_when_and_what_to_do() -> None:
    raised = message(Kind.RAISED)
    assert raised.title == "CRITICAL meic-eu: exchange_down north"
    assert raised.lines == (
        "north does not answer",
        "Since 2026-01-02 03:04:05 UTC. What to do: Look at it: `meic doctor`.",
    )


def test_a_reminder_says_for_how_long_it_has_lasted() -> None:
    assert message(Kind.REMINDER).title == "STILL CRITICAL meic-eu: exchange_down north"
    assert message(Kind.REMINDER).lines[1].startswith("Since 2026-01-02 03:04:05 UTC, for 4 h.")


def test_the_end_says_how_long_it_lasted_and_what_it_was() -> None:
    over = message(Kind.RESOLVED, OVER)
    assert over.title == "RESOLVED meic-eu: exchange_down north"
    assert over.lines == ("It lasted 12 min 5 s, until 2026-01-02 03:16:10 UTC. It was: north does not answer",)


def test_a_test_says_that_nothing_is_wrong() -> None:
    assert "nothing is wrong" in message(Kind.TEST, alert_for_a_test(RAISED)).lines[0]


@pytest.mark.parametrize(
    ("rule", "subject", "link"),
    [
        (Rule.EXCHANGE_DOWN, "north", "https://console/exchanges/north"),
        (Rule.UNCLAIMED_SELL, "north", "https://console/sales?kind=unclaimed"),
        (Rule.PARKED_ISSUANCE, "issuance 7", "https://console/issuances/7"),
        (Rule.LEDGER_AWAY, "ledger", "https://console/alerts"),
    ],
)
def test_a_message_links_to_the_page_where_one_sees_it(rule: Rule, subject: str, link: str) -> None:
    linked = message(Kind.RAISED, replace(ALERT, rule=rule, subject=subject), "https://console/")
    assert linked.lines[-1] == linked.link == link


def test_without_a_console_there_is_no_link() -> None:
    assert message(Kind.RAISED).link == ""


def test_the_key_for_pagerduty_is_the_same_for_every_message_about_one_thing() -> None:
    again = replace(ALERT, raised_at=RAISED + timedelta(days=1))
    keys = {message(kind, alert).deduplication_key for kind in Kind for alert in (ALERT, OVER, again)}
    assert keys == {"meic-eu/exchange_down/north"}
    assert len(message(Kind.RAISED, replace(ALERT, subject="x" * 500)).deduplication_key) == 255


def test_a_thread_is_one_alert_and_no_other() -> None:
    again = replace(ALERT, raised_at=RAISED + timedelta(days=1))
    assert message(Kind.RAISED).thread == message(Kind.RESOLVED, OVER).thread
    assert message(Kind.RAISED).thread != message(Kind.RAISED, again).thread


def test_words_of_others_stay_on_their_line_and_hide_private_keys() -> None:
    evil = replace(ALERT, words="npvtsecretsecret\r\tBcc: everybody\nmend it", subject="a\nb")
    raised = message(Kind.RAISED, evil)
    assert raised.lines[0] == "npvt***??Bcc: everybody"
    assert raised.title == "CRITICAL meic-eu: exchange_down a?b"
