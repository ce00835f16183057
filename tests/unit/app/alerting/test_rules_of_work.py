from datetime import UTC, datetime, timedelta

import pytest

from app.alerting.rules_of_work import LateOffers, late_offers, unissued_sale, unread_exchanges, unsettled_issuance
from app.domain.alerts import Finding, Rule, Severity
from app.domain.issuances import Issuance, IssuanceState
from app.domain.money import NAPU_PER_NDAU
from app.settings.alerts import AlertSettings
from app.store.waiting import WaitingSells

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LIMITS = AlertSettings(
    unissued_sale_seconds=120,
    unsettled_issuance_seconds=100,
    late_offers_seconds=60,
    unread_exchange_seconds=30,
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def rules(findings: list[Finding]) -> list[Rule]:
    return [finding.rule for finding in findings]


def issuance(state: IssuanceState, seconds: float, message: str = "") -> Issuance:
    return Issuance(7, "nda", 42, 5 * NAPU_PER_NDAU, "hash", (), state, None, ago(seconds), message)


@pytest.mark.parametrize(("seconds", "found"), [(0, 0), (99.9, 0), (100, 1), (9999, 1), (-50, 0)])
def test_a_sale_may_wait_only_so_long(seconds: float, found: int) -> None:
    waiting = WaitingSells("", 3, 12 * NAPU_PER_NDAU, ago(seconds))
    findings = list(unissued_sale(waiting, LIMITS, NOW))
    assert rules(findings) == [Rule.UNISSUED_SALE] * found
    assert all(each.hold_seconds == 20 for each in findings)  # seen from its beginning it is told at 120 s


def test_where_no_sale_waits_there_is_nothing_to_tell() -> None:
    assert list(unissued_sale(None, LIMITS, NOW)) == []


def test_a_waiting_sale_is_told_with_how_many_how_much_since_when_and_what_to_do() -> None:
    (found,) = unissued_sale(WaitingSells("", 1, 150_000_000, ago(3600)), LIMITS, NOW)
    assert found.words == "1 sale of 1.5 ndau in no Issue, the oldest since 2026-01-02 02:04:05 UTC"
    assert "`meic doctor`" in found.remedy
    assert found.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("state", "seconds", "expected"),
    [
        (IssuanceState.PREPARED, 79.9, []),
        (IssuanceState.PREPARED, 80, [Rule.UNSETTLED_ISSUANCE]),
        (IssuanceState.SIGNED, 100, [Rule.UNSETTLED_ISSUANCE]),
        (IssuanceState.SUBMITTED, 100, [Rule.UNSETTLED_ISSUANCE]),
        (IssuanceState.SUBMITTED, 1, []),
        (IssuanceState.REFUSED, 0, [Rule.PARKED_ISSUANCE]),
        (IssuanceState.REFUSED, 9999, [Rule.PARKED_ISSUANCE]),
    ],
)
def test_an_issuance_may_be_under_way_only_so_long_and_never_parked(
    state: IssuanceState, seconds: float, expected: list[Rule]
) -> None:
    assert rules(list(unsettled_issuance(issuance(state, seconds), LIMITS, NOW))) == expected


def test_where_no_issuance_is_open_there_is_nothing_to_tell() -> None:
    assert list(unsettled_issuance(None, LIMITS, NOW)) == []


def test_an_issuance_without_signature_points_at_the_signing_service() -> None:
    (found,) = unsettled_issuance(issuance(IssuanceState.PREPARED, 200), LIMITS, NOW)
    assert found.remedy.startswith("It has no signature: see that the signing service runs")


def test_a_parked_issuance_is_told_in_the_words_of_who_refused_it() -> None:
    (found,) = unsettled_issuance(issuance(IssuanceState.REFUSED, 0, "limit_exceeded: too much"), LIMITS, NOW)
    assert found.words == "issuance 7 of 5 ndau (sequence 42) was refused and is parked: limit_exceeded: too much"
    assert found.subject == "issuance 7"


@pytest.mark.parametrize(
    ("missed_at", "found", "hold_seconds"), [(ago(39), 0, 0), (ago(40), 1, 20), (ago(9999), 1, 20), (None, 1, 60)]
)
def test_offers_may_be_late_only_so_long_and_an_error_must_last_as_long(
    missed_at: datetime | None, found: int, hold_seconds: float
) -> None:
    findings = list(late_offers([LateOffers("north", missed_at, "it refused")], LIMITS, NOW))
    assert rules(findings) == [Rule.LATE_OFFERS] * found
    assert all(each.hold_seconds == hold_seconds and "it refused" in each.words for each in findings)


def test_each_late_exchange_is_told_apart() -> None:
    late = [LateOffers(name, ago(600), "") for name in ("north", "south")]
    assert [each.subject for each in late_offers(late, LIMITS, NOW)] == ["north", "south"]


@pytest.mark.parametrize(
    ("poll_seconds", "seconds", "found"),
    [(2, 14, 0), (2, 15, 1), (60, 159, 0), (60, 160, 1), (10, 14.9, 0)],
)
def test_fills_may_be_unread_only_so_long_and_for_three_polls(poll_seconds: float, seconds: float, found: int) -> None:
    findings = list(unread_exchanges({"north": ago(seconds)}, {"north": poll_seconds}, LIMITS, NOW))
    assert rules(findings) == [Rule.UNREAD_EXCHANGE] * found


def test_an_exchange_that_was_never_read_or_is_not_in_use_is_not_unread() -> None:
    assert list(unread_exchanges({"old": ago(9999)}, {"new": 2.0}, LIMITS, NOW)) == []
