import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.alerting import lookout as lookout_module
from app.alerting.lookout import Check, Lookout
from app.alerting.rules_of_parts import chain_away
from app.domain.alerts import AlertKey, Finding, Rule, Severity
from app.domain.errors import ChainUnavailable
from app.settings.alerts import AlertSettings
from tests.integration.app.store.conftest import StoppedClock

FOUND = Finding(Rule.HALT, "issuing", Severity.WARNING, "halted", "resume it")
KEY = FOUND.key
OFFERS = AlertKey(Rule.LATE_OFFERS, "north")
PATIENCE_SECONDS = 20.0
"""Far more than a check of these tests takes."""


@dataclass
class Scripted:
    """What a check does, turn by turn: returns findings or raises; the last of them again and again."""

    answers: list[Sequence[Finding] | Exception]
    asked: int = 0

    def __call__(self) -> Sequence[Finding]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Hanging:
    """A check that answers only when it is let."""

    may_answer: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    def __call__(self) -> Sequence[Finding]:
        self.asked += 1
        self.may_answer.wait()
        return (FOUND,)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    check = Hanging()
    yield check
    check.may_answer.set()


def check(look: Callable[[], Sequence[Finding]], rule: Rule = Rule.HALT, **more: object) -> Check:
    return Check(f"the {rule}", frozenset({rule}), look, 0.0, **more)  # type: ignore[arg-type]


def looking(clock: StoppedClock, *checks: Check) -> Lookout:
    return Lookout(checks, clock.now, 120.0)


def test_what_a_check_finds_is_in_view_until_it_finds_it_no_more(clock: StoppedClock) -> None:
    lookout = looking(clock, check(Scripted([(FOUND,), ()])))
    assert lookout.look(PATIENCE_SECONDS).findings == (FOUND,)
    view = lookout.look(PATIENCE_SECONDS)
    assert (view.findings, view.is_unknown(KEY)) == ((), False)


def test_a_check_that_is_not_due_is_not_made_and_its_findings_stay(clock: StoppedClock) -> None:
    look = Scripted([(FOUND,)])
    lookout = looking(clock, Check("slow", frozenset({Rule.HALT}), look, 3600.0))
    assert [lookout.look(PATIENCE_SECONDS).findings for _ in range(3)] == [(FOUND,)] * 3
    assert look.asked == 1


def test_one_that_fails_leaves_the_others_judged_and_its_own_unknown(clock: StoppedClock) -> None:
    failing = check(Scripted([ChainUnavailable("refused")]), Rule.LATE_OFFERS)
    view = looking(clock, failing, check(Scripted([(FOUND,)]))).look(PATIENCE_SECONDS)
    assert view.findings == (FOUND,)
    assert view.is_unknown(OFFERS)
    assert not view.is_unknown(KEY)


def test_one_that_hangs_leaves_the_others_judged_and_is_not_made_again_until_it_answers(
    clock: StoppedClock, hanging: Hanging
) -> None:
    lookout = looking(clock, check(hanging), check(Scripted([()]), Rule.LATE_OFFERS))
    view = lookout.look(0.05)
    for _ in range(2):
        assert view.is_unknown(KEY)
        view = lookout.look(0.05)
    assert not view.is_unknown(OFFERS)
    assert hanging.asked == 1
    hanging.may_answer.set()
    assert lookout.look(PATIENCE_SECONDS).findings == (FOUND,)


def test_what_cannot_be_judged_for_long_is_a_finding_itself(clock: StoppedClock) -> None:
    lookout = looking(clock, check(Scripted([ChainUnavailable("refused")])))
    assert lookout.look(PATIENCE_SECONDS).findings == ()
    clock.wait(119.0)
    assert lookout.look(PATIENCE_SECONDS).findings == ()
    clock.wait(1.0)
    (found,) = lookout.look(PATIENCE_SECONDS).findings
    assert (found.rule, found.subject) == (Rule.BLIND, "the halt")
    assert found.words == "the halt cannot be judged: refused"


def test_one_that_hangs_for_long_is_a_finding_itself(
    clock: StoppedClock, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout_module, "_LONGEST_SECONDS", 0.0)
    lookout = looking(clock, check(hanging))
    lookout.look(0.05)
    clock.wait(120.0)
    (found,) = lookout.look(0.05).findings
    assert found.rule is Rule.BLIND
    assert "no answer" in found.words


def test_a_judgement_in_between_begins_the_blindness_anew(clock: StoppedClock) -> None:
    error = ChainUnavailable("refused")
    lookout = looking(clock, check(Scripted([error, (), error])))
    for _ in range(3):
        assert lookout.look(PATIENCE_SECONDS).findings == ()
        clock.wait(100.0)
    clock.wait(20.0)
    assert len(lookout.look(PATIENCE_SECONDS).findings) == 1


def test_where_what_it_asks_is_known_to_be_away_blindness_is_not_told_as_well(clock: StoppedClock) -> None:
    failing = Scripted([ChainUnavailable("refused")])
    limits = AlertSettings()
    away = check(failing, Rule.CHAIN_AWAY, away=lambda problem: chain_away(problem, limits))
    lookout = looking(clock, away, check(failing, Rule.LOW_ROOM, needs=Rule.CHAIN_AWAY))
    lookout.look(PATIENCE_SECONDS)
    clock.wait(500.0)
    view = lookout.look(PATIENCE_SECONDS)
    assert [found.rule for found in view.findings] == [Rule.CHAIN_AWAY]
    assert view.is_unknown(AlertKey(Rule.LOW_ROOM, "chain"))
    assert not view.is_unknown(AlertKey(Rule.CHAIN_AWAY, "chain"))


def test_blindness_begins_when_what_it_asks_is_back(clock: StoppedClock) -> None:
    error, limits = ChainUnavailable("refused"), AlertSettings()
    away = check(Scripted([error, error, ()]), Rule.CHAIN_AWAY, away=lambda problem: chain_away(problem, limits))
    lookout = looking(clock, away, check(Scripted([error]), Rule.LOW_ROOM, needs=Rule.CHAIN_AWAY))
    lookout.look(PATIENCE_SECONDS)
    clock.wait(500.0)
    lookout.look(PATIENCE_SECONDS)
    for seconds, rules in ((119.0, []), (1.0, []), (0.0, [Rule.BLIND])):
        assert [found.rule for found in lookout.look(PATIENCE_SECONDS).findings] == rules
        clock.wait(seconds)


def test_a_check_of_one_subject_says_nothing_of_another(clock: StoppedClock) -> None:
    failing = check(Scripted([OSError("no")]), Rule.CERTIFICATE_DUE, subject="signer")
    view = looking(clock, failing).look(PATIENCE_SECONDS)
    assert view.is_unknown(AlertKey(Rule.CERTIFICATE_DUE, "signer"))
    assert not view.is_unknown(AlertKey(Rule.CERTIFICATE_DUE, "chain"))


def test_a_check_may_be_blind_for_a_time_of_its_own(clock: StoppedClock) -> None:
    lookout = looking(clock, check(Scripted([ChainUnavailable("refused")]), blind_seconds=3600.0))
    lookout.look(PATIENCE_SECONDS)
    clock.wait(3599.0)
    assert lookout.look(PATIENCE_SECONDS).findings == ()
    clock.wait(1.0)
    assert len(lookout.look(PATIENCE_SECONDS).findings) == 1


def test_a_defect_is_told_without_its_words_which_may_be_anything(
    clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    lookout = looking(clock, check(Scripted([ValueError("https://secret")])))
    lookout.look(PATIENCE_SECONDS)
    clock.wait(120.0)
    (found,) = lookout.look(PATIENCE_SECONDS).findings
    assert "secret" not in found.words
    assert "ValueError, a defect" in found.words
    assert "a check failed by a defect" in caplog.text


def test_what_is_forgotten_is_unknown_until_it_is_looked_at_again(clock: StoppedClock) -> None:
    lookout = looking(clock, Check("slow", frozenset({Rule.HALT}), Scripted([(FOUND,), ()]), 3600.0))
    lookout.look(PATIENCE_SECONDS)
    clock.wait(timedelta(days=1).total_seconds())
    lookout.forget()
    view = lookout.look(PATIENCE_SECONDS)
    assert (view.findings, view.unknown) == ((), ())
