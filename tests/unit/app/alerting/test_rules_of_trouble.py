import json
from datetime import UTC, datetime, timedelta

import pytest

from app.alerting.rules_of_trouble import (
    DIFFERENCES_FOUND,
    RECONCILED,
    difference,
    exchanges_down,
    halts,
    lost_leases,
    not_compared,
    unclaimed_sells,
)
from app.domain.alerts import Rule, Severity
from app.domain.halts import Halt, Scope
from app.domain.health import ExchangeHealth
from app.domain.ledger import AuditEvent
from app.domain.money import NAPU_PER_NDAU
from app.settings.alerts import AlertSettings
from app.store.waiting import WaitingSells

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LIMITS = AlertSettings(exchange_down_seconds=60, unclaimed_sell_seconds=30, lost_leases_per_hour=2)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def health(down_since: datetime | None) -> ExchangeHealth:
    return ExchangeHealth("north", 5, "timed out", down_since, 0, down_since)


def halt(who: str, exchange: str | None = None, scope: Scope = Scope.PUBLISHING) -> Halt:
    return Halt(3, scope, exchange, who, "the clock is off", ago(0))


def event(kind: str, seconds: float, **detail: object) -> AuditEvent:
    return AuditEvent(1, ago(seconds), kind, "all", json.dumps(detail), "", "")


@pytest.mark.parametrize(("down_since", "found"), [(None, 0), (ago(39), 0), (ago(40), 1)])
def test_an_exchange_may_be_down_only_so_long(down_since: datetime | None, found: int) -> None:
    findings = list(exchanges_down([health(down_since)], LIMITS, NOW))
    assert [each.rule for each in findings] == [Rule.EXCHANGE_DOWN] * found
    assert all("timed out" in each.words and each.hold_seconds == 20 for each in findings)


@pytest.mark.parametrize("who", ["clock", "issuer", "limit", "publisher", "reconciler"])
def test_a_halt_by_a_part_of_ours_is_critical(who: str) -> None:
    (found,) = halts([halt(who)])
    assert found.severity is Severity.CRITICAL


def test_a_halt_by_a_person_is_a_warning_that_says_who_why_and_how_to_go_on() -> None:
    (found,) = halts([halt("ada", "north")])
    assert found.severity is Severity.WARNING
    assert found.words == "publishing on north is halted by ada since 2026-01-02 03:04:05 UTC: the clock is off"
    assert found.remedy == "When the cause is mended: `meic resume publishing --exchange north`."


def test_a_halt_that_follows_another_is_an_alert_of_its_own() -> None:
    first, second = halt("ada"), Halt(4, Scope.PUBLISHING, None, "ada", "again", ago(0))
    assert len({each.key for each in halts([first, second])}) == 2


def test_where_nothing_is_halted_there_is_nothing_to_tell() -> None:
    assert list(halts([])) == []


@pytest.mark.parametrize(("seconds", "found"), [(29, 0), (30, 1)])
def test_an_unclaimed_sell_is_told_when_it_was_not_explained_soon(seconds: float, found: int) -> None:
    waiting = WaitingSells("north", 2, 3 * NAPU_PER_NDAU, ago(seconds))
    findings = list(unclaimed_sells([waiting], LIMITS, NOW))
    assert [each.subject for each in findings] == ["north"] * found
    assert all(each.words.startswith("2 sells of 3 ndau on north") for each in findings)


def test_differences_are_told_until_a_comparison_finds_none() -> None:
    found = event(DIFFERENCES_FOUND, 5, count=2, differences=["chain totalIssued: 5 / 6", "more"])
    (finding,) = difference(found)
    assert finding.rule is Rule.DIFFERENCE
    assert finding.words.startswith("2 differences between the ledger and chain or exchanges")
    assert finding.words.endswith("the first: chain totalIssued: 5 / 6")
    assert list(difference(event(RECONCILED, 0))) == []
    assert list(difference(None)) == []


@pytest.mark.parametrize(
    ("newest", "found", "hold_seconds"),
    [
        (event(RECONCILED, 1799), 0, 0),
        (event(RECONCILED, 1800), 1, 0),
        (event(DIFFERENCES_FOUND, 1799), 0, 0),
        (None, 1, 1800),
    ],
)
def test_it_is_told_when_nothing_was_compared_three_times_in_a_row(
    newest: AuditEvent | None, found: int, hold_seconds: float
) -> None:
    findings = list(not_compared(newest, 600, NOW))
    assert [each.rule for each in findings] == [Rule.NOT_COMPARED] * found
    assert all(each.hold_seconds == hold_seconds for each in findings)


@pytest.mark.parametrize(("lost", "found"), [(0, 0), (2, 0), (3, 1)])
def test_a_lease_may_be_lost_only_so_often(lost: int, found: int) -> None:
    assert [each.rule for each in lost_leases(lost, LIMITS)] == [Rule.LOST_LEASE] * found
