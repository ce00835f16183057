import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.alerting import keeping as keeping_module
from app.alerting import telling as telling_module
from app.alerting import watch as watch_module
from app.domain.alerts import Finding, Rule, Severity
from tests.integration.app.alerting.listening import Hook
from tests.integration.app.alerting.world import DOWN, World, judging, settings, turn_on, turn_until
from tests.integration.app.store.conftest import StoppedClock
from tests.unit.app.services.ledgers import Ledgers

HOLDING = replace(DOWN, hold_seconds=30.0)


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledgers]:
    with closing(Ledgers(tmp_path_factory.mktemp("ledger") / "ledger.sqlite3")) as ledgers:
        yield ledgers


@pytest.fixture
def world(ledgers: Ledgers, host: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(telling_module, "_FIRST_PAUSE_SECONDS", 0.0)
    clock = StoppedClock()
    with ledgers.fresh(clock) as ledger:
        yield World(ledger, clock, settings(host.url, tmp_path))


def slack(host: Hook) -> list[str]:
    """The titles that Slack was told."""
    return [body["text"].splitlines()[0].strip("*") for body in host.bodies("/slack")]


def pagerduty(host: Hook) -> list[tuple[str, str]]:
    return [(body["event_action"], body["dedup_key"]) for body in host.bodies("/pagerduty")]


RAISED, RESOLVED = "CRITICAL meic: exchange_down north", "RESOLVED meic: exchange_down north"
KEY = "meic/exchange_down/north"


def test_each_target_is_told_once_when_it_begins_and_once_when_it_is_over(world: World, host: Hook) -> None:
    with judging(world) as watch:
        world.findings = [DOWN]
        turn_until(watch, lambda: bool(world.alerts) and world.alerts[0].told_at is not None)
        turn_on(world, watch, 60)
        assert (slack(host), pagerduty(host)) == ([RAISED], [("trigger", KEY)])
        world.findings = []
        turn_on(world, watch, 65)
        turn_until(watch, lambda: world.alerts[0].resolution_told_at is not None)
        turn_on(world, watch, 300)
    assert (slack(host), pagerduty(host)) == ([RAISED, RESOLVED], [("trigger", KEY), ("resolve", KEY)])
    assert world.kinds == ["AlertRaised", "AlertResolved"]


def test_what_is_told_was_stored_before(world: World, host: Hook) -> None:
    with judging(world) as watch:
        host.may_answer.clear()
        world.findings = [DOWN]
        turn_until(watch, host.has_heard.is_set)
        assert world.kinds == ["AlertRaised"]
        assert world.alerts[0].told_at is None
        host.may_answer.set()


def test_what_flaps_is_neither_told_again_nor_over(world: World, host: Hook) -> None:
    with judging(world) as watch:
        for _ in range(5):
            world.findings = [HOLDING]
            turn_on(world, watch, 25)
            world.findings = []
            turn_on(world, watch, 5)
        assert world.alerts == []
        world.findings = [HOLDING]
        turn_on(world, watch, 35)
        turn_until(watch, lambda: bool(world.alerts) and world.alerts[0].told_at is not None)
        for findings in ([], [HOLDING]) * 5:
            world.findings = list(findings)
            turn_on(world, watch, 50)
    assert (slack(host), len(world.alerts)) == ([RAISED], 1)


def test_one_that_lasts_is_told_again_every_four_hours_but_not_to_pagerduty(world: World, host: Hook) -> None:
    with judging(world) as watch:
        world.findings = [DOWN, Finding(Rule.UNCLAIMED_SELL, "south", Severity.WARNING, "a sell", "claim it")]
        turn_until(watch, lambda: len(slack(host)) == len(pagerduty(host)) == 2)
        for count in (3, 4):
            turn_on(world, watch, 4 * 3600, step_seconds=1800)
            turn_until(watch, lambda n=count: len(slack(host)) == n)  # type: ignore[misc]
    assert slack(host)[2:] == [f"STILL {RAISED}"] * 2
    assert len(pagerduty(host)) == 2


def test_a_target_that_fails_keeps_no_other_waiting_and_is_told_later(
    world: World, host: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling_module, "_ATTEMPTS", 1)
    broken = replace_slack(world, "http://127.0.0.1:1/slack")
    with judging(broken) as watch:
        broken.findings = [DOWN]
        turn_until(watch, lambda: pagerduty(host) == [("trigger", KEY)])
        turn_on(broken, watch, 600, step_seconds=60)
        turn_until(watch, lambda: len(pagerduty(host)) == 2)
        assert broken.alerts[-1].told_at is None
        assert pagerduty(host)[1] == ("trigger", "meic/target_away/ops")
    mended = replace_slack(world, f"{host.url}/slack")
    mended.findings = [DOWN]
    with judging(mended) as watch:
        turn_until(watch, lambda: mended.alerts[-1].told_at is not None)
    assert RAISED in slack(host)
    assert pagerduty(host).count(("trigger", KEY)) == 1


def replace_slack(world: World, url: str) -> World:
    alerts = world.settings.alerts
    hook = alerts.slack["ops"].model_copy(update={"url": type(alerts.slack["ops"].url)(url)})
    changed = alerts.model_copy(update={"slack": {"ops": hook}})
    return replace(world, settings=world.settings.model_copy(update={"alerts": changed}), findings=[])


def test_a_target_that_missed_the_beginning_is_told_the_end_alone(world: World, host: Hook) -> None:
    host.answers = [(500, "")] * 100_000
    with judging(world) as watch:
        world.findings = [DOWN]
        turn_until(watch, lambda: bool(slack(host)) and bool(pagerduty(host)))
        world.findings = []
        turn_on(world, watch, 65)
        turn_until(watch, lambda: slack(host)[-1] == RESOLVED and pagerduty(host)[-1] == ("resolve", KEY))
        refused = len(host.posted)
        host.answers.clear()
        turn_until(watch, lambda: world.alerts[0].resolution_told_at is not None)
        later = host.posted[refused:]
    assert {body.get("event_action", "") for _, body in later} <= {"", "resolve"}
    assert all(body["text"].startswith(f"*{RESOLVED}*") for path, body in later if path == "/slack")
    assert world.alerts[0].told_at is None


def test_a_target_that_never_answers_is_given_up_a_day_after_the_end(world: World, host: Hook) -> None:
    with judging(world) as watch:
        host.answers = [(500, "")] * 100_000
        world.findings = [DOWN]
        turn_on(world, watch, 10)
        world.findings = []
        turn_on(world, watch, 3600, step_seconds=600)
        downs = [each for each in world.alerts if each.rule == Rule.EXCHANGE_DOWN]
        assert [(each.is_lasting, each.resolution_told_at) for each in downs] == [(False, None)]
        turn_on(world, watch, 25 * 3600, step_seconds=3600)
        assert [each.resolution_told_at is not None for each in world.alerts if each.rule == Rule.EXCHANGE_DOWN] == [
            True
        ]


def test_a_ledger_that_is_away_is_told_once_and_so_is_its_end_and_both_are_stored_afterwards(
    world: World, host: Hook
) -> None:
    with judging(world) as watch:
        world.problem = "the database cannot be reached"
        turn_on(world, watch, 30)
        turn_until(watch, lambda: len(host.posted) == 2)
        world.findings = [DOWN]
        turn_on(world, watch, 60)
        turn_until(watch, lambda: len(host.posted) == 4)
        assert world.alerts == []
        world.problem = ""
        turn_on(world, watch, 75)
        turn_until(watch, lambda: len(host.posted) == 6)
        turn_until(watch, lambda: [each.told_at is not None for each in world.alerts] == [True, True])
        turn_on(world, watch, 60)
    assert slack(host) == ["CRITICAL meic: ledger_away ledger", RAISED, "RESOLVED meic: ledger_away ledger"]
    assert sorted(world.kinds) == ["AlertRaised", "AlertRaised", "AlertResolved"]
    assert [each.is_lasting for each in world.alerts if each.rule == Rule.LEDGER_AWAY] == [False]


def test_a_ledger_that_can_be_read_and_not_written_is_told_too(
    world: World, host: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "_KEEP_SECONDS", 0.05)
    with judging(world) as watch:
        world.findings = [DOWN]
        with world.ledger.database.write("test"):
            turn_on(world, watch, 30)
            turn_until(watch, lambda: len(slack(host)) == 2)
            assert sorted(slack(host)) == sorted(["CRITICAL meic: ledger_away ledger", RAISED])
        monkeypatch.setattr(watch_module, "_KEEP_SECONDS", 10.0)
        turn_until(watch, lambda: len(world.alerts) == 2)
        turn_on(world, watch, 5)
    assert len(slack(host)) == 2


def test_a_process_that_died_after_it_told_tells_again_and_pagerduty_knows_that_it_is_the_same(
    world: World, host: Hook
) -> None:
    world.findings = [DOWN]
    died = world.process()
    turn_until(died, lambda: len(host.posted) == 2)
    assert world.alerts[0].told_at is None
    world.clock.wait(keeping_module.LEASE_SECONDS + 1)
    with judging(world) as watch:
        turn_until(watch, lambda: world.alerts[0].told_at is not None)
        turn_on(world, watch, 60)
    assert pagerduty(host) == [("trigger", KEY)] * 2
    assert (len(world.alerts), world.kinds) == (1, ["AlertRaised"])


def test_a_process_that_died_later_has_told_once(world: World, host: Hook) -> None:
    world.findings = [DOWN]
    died = world.process()
    turn_until(died, lambda: bool(world.alerts) and world.alerts[0].told_at is not None)
    world.clock.wait(keeping_module.LEASE_SECONDS + 1)
    with judging(world) as watch:
        turn_on(world, watch, 60)
        world.findings = []
        turn_on(world, watch, 65)
        turn_until(watch, lambda: world.alerts[0].resolution_told_at is not None)
    assert (slack(host), pagerduty(host)) == ([RAISED, RESOLVED], [("trigger", KEY), ("resolve", KEY)])


def test_of_two_processes_one_works_and_when_it_ends_the_other_goes_on_without_telling_again(
    world: World, host: Hook
) -> None:
    world.findings = [DOWN]
    second = world.process()
    with judging(world) as first:
        turn_until(first, lambda: bool(world.alerts) and world.alerts[0].told_at is not None)
        for _ in range(5):
            second.turn()
            first.turn()
            world.clock.wait(5.0)
        assert not second.is_judging
    turn_until(second, lambda: second.is_judging)
    turn_on(world, second, 60)
    second.close()
    assert (slack(host), len(world.alerts)) == ([RAISED], 1)


def test_one_that_stood_still_for_too_long_knows_that_another_works_and_stores_nothing(
    world: World, host: Hook
) -> None:
    slow = world.process()
    turn_until(slow, lambda: slow.is_judging)
    world.clock.wait(keeping_module.LEASE_SECONDS + 1)
    with judging(world) as watch:
        world.findings = [DOWN]
        slow.turn()
        assert not slow.is_judging
        assert world.alerts == []
        turn_until(watch, lambda: bool(world.alerts) and world.alerts[0].told_at is not None)
        turn_on(world, slow, 15)
    assert slack(host) == [RAISED]


def test_one_that_waits_tells_of_the_ledger_since_the_other_may_be_gone(world: World, host: Hook) -> None:
    with judging(world):
        waiting = world.process()
        waiting.turn()
        world.findings, world.problem = [DOWN], "the database cannot be reached"
        turn_on(world, waiting, 30)
        turn_until(waiting, lambda: len(slack(host)) == 1)
        assert slack(host) == ["CRITICAL meic: ledger_away ledger"]
        world.findings, world.problem = [], ""
        turn_on(world, waiting, 75)
        turn_until(waiting, lambda: len(slack(host)) == 2)
        assert slack(host)[1] == "RESOLVED meic: ledger_away ledger"


def test_a_rule_that_is_switched_off_is_told_to_nobody_and_what_it_had_raised_is_over(world: World, host: Hook) -> None:
    world.findings = [DOWN]
    with judging(world) as watch:
        turn_until(watch, lambda: bool(world.alerts) and world.alerts[0].told_at is not None)
    without = replace_limits(world, off=(Rule.EXCHANGE_DOWN,))
    with judging(without) as watch:
        turn_on(without, watch, 65)
        turn_until(watch, lambda: without.alerts[0].resolution_told_at is not None)
    assert slack(host) == [RAISED, RESOLVED]


def test_a_turn_that_fails_by_a_defect_is_no_sign_of_life_and_the_next_one_comes(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stopping, seen = threading.Event(), []

    def turn() -> None:
        seen.append("turn")
        if len(seen) == 1:
            raise ValueError("a defect")
        stopping.set()

    watch = replace_limits(world, check_seconds=0.01).process()
    monkeypatch.setattr(watch, "turn", turn)
    watch.run(stopping, lambda: seen.append("alive"))
    assert seen == ["turn", "turn", "alive"]
    assert "a turn failed by a defect" in caplog.text


def replace_limits(world: World, **changes: object) -> World:
    limits = world.settings.alerts.model_copy(update=changes)
    return replace(world, settings=world.settings.model_copy(update={"alerts": limits}))


def test_a_consequence_is_told_when_its_cause_is_over_and_it_is_not(world: World, host: Hook) -> None:
    waiting = Finding(Rule.UNISSUED_SALE, "sales", Severity.CRITICAL, "it waits", "look")
    chain = Finding(Rule.CHAIN_AWAY, "chain", Severity.CRITICAL, "it is away", "mend it")
    with judging(world) as watch:
        world.findings = [waiting, chain]
        turn_on(world, watch, 60)
        turn_until(watch, lambda: len(slack(host)) == 1)
        world.findings = [waiting]
        turn_on(world, watch, 75)
        turn_until(watch, lambda: len(slack(host)) == 3)
    about = "meic: chain_away chain"
    assert slack(host) == [f"CRITICAL {about}", f"RESOLVED {about}", "CRITICAL meic: unissued_sale sales"]


def test_what_the_process_before_raised_is_over_when_this_one_sees_that_it_is(world: World, host: Hook) -> None:
    world.findings = [DOWN]
    with judging(world) as watch:
        turn_until(watch, lambda: bool(world.alerts) and world.alerts[0].told_at is not None)
    world.findings = []
    with judging(world) as watch:
        turn_on(world, watch, 65)
        turn_until(watch, lambda: world.alerts[0].resolution_told_at is not None)
    assert slack(host) == [RAISED, RESOLVED]
