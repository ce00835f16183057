import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.alerting.due import due_messages
from app.alerting.messages import Kind, Message
from app.alerting.telling import Teller, Telling, tell_all
from app.domain.alerts import Alert, Rule, Severity, Told
from app.domain.errors import RateLimited, Rejected, Unavailable
from app.settings.alerts import AlertSettings
from tests.unit.app.alerting.scripted_target import ScriptedTarget

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = AlertSettings(remind_hours=4)


@pytest.fixture
def no_pauses() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def alert(
    severity: Severity = Severity.CRITICAL, told: Told | None = None, resolved_at: datetime | None = None
) -> Alert:
    known = {"ops": told} if told else {}
    return Alert(Rule.EXCHANGE_DOWN, "north", severity, "w\nr", NOW, resolved_at=resolved_at, told=known)


def telling(number: int) -> Telling:
    return Telling(number, Message(Kind.RAISED, alert(), NOW, "meic"))


def teller(target: ScriptedTarget, stopping: threading.Event, at_least: Severity = Severity.WARNING) -> Teller:
    return Teller("ops", target, at_least, stopping)


def test_all_are_told_in_their_order(no_pauses: threading.Event) -> None:
    target = ScriptedTarget()
    outcome = tell_all(target, [telling(1), telling(2)], no_pauses)
    assert [each.number for each in outcome.told] == [1, 2]
    assert len(target.told) == 2
    assert outcome.problem == ""


def test_one_that_fails_for_a_moment_is_tried_again_at_once(no_pauses: threading.Event) -> None:
    target = ScriptedTarget(errors=[Unavailable("busy"), Unavailable("busy")])
    assert len(tell_all(target, [telling(1)], no_pauses).told) == 1
    assert target.attempts == 3


def test_where_nobody_answers_the_rest_is_left_for_later(no_pauses: threading.Event) -> None:
    target = ScriptedTarget(errors=[Unavailable("away")] * 3)
    outcome = tell_all(target, [telling(1), telling(2)], no_pauses)
    assert (outcome.told, outcome.problem, target.attempts) == ((), "away", 3)


def test_one_that_is_refused_is_not_tried_again_at_once_and_keeps_no_other_waiting(no_pauses: threading.Event) -> None:
    target = ScriptedTarget(errors=[Rejected("not that one")])
    outcome = tell_all(target, [telling(1), telling(2)], no_pauses)
    assert [each.number for each in outcome.told] == [2]
    assert (outcome.problem, target.attempts) == ("not that one", 2)


def test_who_asks_for_fewer_messages_is_left_alone_as_long_as_it_says(no_pauses: threading.Event) -> None:
    target = ScriptedTarget(errors=[RateLimited("slowly", retry_after_seconds=77.0)] * 3)
    assert tell_all(target, [telling(1)], no_pauses).pause_seconds == 77.0


def test_a_teller_that_failed_rests_and_says_since_when_and_why(no_pauses: threading.Event) -> None:
    target = ScriptedTarget(errors=[Rejected("no_service")])
    ops = teller(target, no_pauses)
    ops.begin([telling(1)])
    assert ops.take(NOW, 20.0) == ()
    assert not ops.is_ready
    assert (ops.failing_since, ops.problem) == (NOW, "no_service")


def test_a_teller_that_hangs_keeps_nobody_waiting_and_begins_nothing_else(no_pauses: threading.Event) -> None:
    target = ScriptedTarget()
    target.may_answer.clear()
    ops = teller(target, no_pauses)
    ops.begin([telling(1)])
    assert ops.take(NOW) == ()
    assert not ops.is_ready
    target.may_answer.set()
    assert [each.number for each in ops.take(NOW, 20.0)] == [1]
    assert ops.is_ready


def test_a_success_ends_the_failing(no_pauses: threading.Event) -> None:
    target = ScriptedTarget(errors=[Rejected("no_service")])
    ops = teller(target, no_pauses)
    for _ in range(2):
        ops.begin([telling(1)])
        ops.take(NOW, 20.0)
    assert (ops.failing_since, ops.problem) == (None, "")


HOURS_4 = NOW - timedelta(hours=4)
NEARLY = NOW - timedelta(hours=4) + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("severity", "told", "resolved_at", "kinds"),
    [
        (Severity.CRITICAL, None, None, [Kind.RAISED]),
        (Severity.CRITICAL, Told(NOW), None, []),
        (Severity.CRITICAL, Told(NEARLY), None, []),
        (Severity.CRITICAL, Told(HOURS_4), None, [Kind.REMINDER]),
        (Severity.WARNING, Told(HOURS_4), None, []),
        (Severity.CRITICAL, Told(HOURS_4), NOW, [Kind.RESOLVED]),
        (Severity.CRITICAL, None, NOW, [Kind.RESOLVED]),
        (Severity.CRITICAL, Told(HOURS_4, NOW), NOW, []),
    ],
)
def test_what_is_due(
    no_pauses: threading.Event,
    severity: Severity,
    told: Told | None,
    resolved_at: datetime | None,
    kinds: list[Kind],
) -> None:
    ops = teller(ScriptedTarget(), no_pauses)
    due = due_messages(ops, [(1, alert(severity, told, resolved_at))], LIMITS, NOW)
    assert [each.message.kind for each in due] == kinds


def test_a_target_for_what_is_critical_hears_of_no_warning(no_pauses: threading.Event) -> None:
    ops = teller(ScriptedTarget(), no_pauses, Severity.CRITICAL)
    known = [(1, alert(Severity.WARNING)), (2, alert(Severity.CRITICAL))]
    assert [each.number for each in due_messages(ops, known, LIMITS, NOW)] == [2]


@pytest.mark.parametrize(("is_reminded", "remind_hours"), [(False, 4), (True, 0)])
def test_nobody_is_reminded_who_should_not_be(
    no_pauses: threading.Event, is_reminded: bool, remind_hours: float
) -> None:
    ops, limits = teller(ScriptedTarget(is_reminded), no_pauses), AlertSettings(remind_hours=remind_hours)
    assert due_messages(ops, [(1, alert(told=Told(NOW - timedelta(days=9))))], limits, NOW) == []
