from datetime import UTC, date, datetime, timedelta

import pytest

from app.alerting.rules_of_parts import (
    StreamTrouble,
    blind,
    broker_away,
    certificate,
    chain_away,
    keys,
    ledger_away,
    room,
    streams,
    target_away,
    workers,
)
from app.domain.alerts import Finding, Rule
from app.domain.money import NAPU_PER_NDAU as NDAU
from app.ports.chain import ChainSupply
from app.settings.alerts import AlertSettings

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
LIMITS = AlertSettings(low_room_ndau="1000", certificate_days=21, key_days=14, due_days=3, stream_down_seconds=300)


def rules(findings: list[Finding]) -> list[Rule]:
    return [finding.rule for finding in findings]


@pytest.mark.parametrize(
    ("released", "issued", "waiting", "expected"),
    [
        (5000 * NDAU, 4000 * NDAU, 0, []),
        (5000 * NDAU, 4000 * NDAU, 1, [Rule.LOW_ROOM]),
        (5000 * NDAU, 4999 * NDAU, NDAU - 1, [Rule.LOW_ROOM]),
        (5000 * NDAU, 5000 * NDAU, 0, [Rule.LOW_ROOM, Rule.NO_ROOM]),
        (5000 * NDAU, 4000 * NDAU, 2000 * NDAU, [Rule.LOW_ROOM, Rule.NO_ROOM]),
    ],
)
def test_room_is_low_below_the_limit_and_gone_when_all_is_sold(
    released: int, issued: int, waiting: int, expected: list[Rule]
) -> None:
    assert rules(list(room(ChainSupply(issued, released), waiting, LIMITS))) == expected


def test_what_is_sold_beyond_the_room_is_said() -> None:
    _, gone = room(ChainSupply(4000 * NDAU, 5000 * NDAU), 2500 * NDAU, LIMITS)
    assert "1500 ndau are sold beyond it" in gone.words


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=21), []),
        (timedelta(days=21, seconds=-1), [Rule.CERTIFICATE_EXPIRY]),
        (timedelta(days=3), [Rule.CERTIFICATE_EXPIRY]),
        (timedelta(days=3, seconds=-1), [Rule.CERTIFICATE_EXPIRY, Rule.CERTIFICATE_DUE]),
        (timedelta(days=-9), [Rule.CERTIFICATE_EXPIRY, Rule.CERTIFICATE_DUE]),
    ],
)
def test_a_certificate_is_told_of_before_it_ends_and_again_when_it_is_due(
    left: timedelta, expected: list[Rule]
) -> None:
    found = list(certificate("signer:7350", NOW + left, LIMITS, NOW))
    assert rules(found) == expected
    assert all(("ended" if left < timedelta() else "ends") in each.words for each in found)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 24), []),
        (date(2026, 1, 23), [Rule.KEY_EXPIRY]),
        (date(2026, 1, 13), [Rule.KEY_EXPIRY]),
        (date(2026, 1, 12), [Rule.KEY_EXPIRY, Rule.KEY_DUE]),
        (date(2026, 1, 1), [Rule.KEY_EXPIRY, Rule.KEY_DUE]),
    ],
)
def test_a_key_is_told_of_before_it_ends_and_again_when_it_is_due(day: date, expected: list[Rule]) -> None:
    assert rules(list(keys({"north": day}, LIMITS, NOW))) == expected


@pytest.mark.parametrize(
    ("since", "found", "hold_seconds"),
    [
        (NOW - timedelta(seconds=299), 0, 0),
        (NOW - timedelta(seconds=300), 1, 0),
        (None, 1, 300),
    ],
)
def test_a_stream_may_be_down_only_so_long_and_unwatched_as_long(
    since: datetime | None, found: int, hold_seconds: float
) -> None:
    findings = list(streams([StreamTrouble("north", since, "stream of north DOWN")], LIMITS, NOW))
    assert rules(findings) == [Rule.STREAM_DOWN] * found
    assert all(each.hold_seconds == hold_seconds for each in findings)


@pytest.mark.parametrize(
    ("found", "rule", "hold_seconds"),
    [
        (workers("no worker serves the queues issue", LIMITS), Rule.WORKERS_MISSING, LIMITS.workers_missing_seconds),
        (broker_away("refused", LIMITS), Rule.BROKER_AWAY, LIMITS.broker_away_seconds),
        (ledger_away("refused", LIMITS), Rule.LEDGER_AWAY, LIMITS.ledger_away_seconds),
        (chain_away("refused", LIMITS), Rule.CHAIN_AWAY, LIMITS.chain_away_seconds),
        (blind("the offers", "a defect"), Rule.BLIND, 0.0),
        (target_away("ops", NOW, "refused"), Rule.TARGET_AWAY, 0.0),
    ],
)
def test_what_can_come_and_go_by_itself_must_last_before_it_is_told(
    found: Finding, rule: Rule, hold_seconds: float
) -> None:
    assert (found.rule, found.hold_seconds) == (rule, hold_seconds)
    assert found.remedy
