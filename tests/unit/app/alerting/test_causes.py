import pytest

from app.alerting.causes import CONSEQUENCES, without_consequences
from app.domain.alerts import AlertKey, Finding, Rule, Severity


def finding(rule: Rule) -> Finding:
    return Finding(rule, "x", Severity.CRITICAL, "words", "remedy")


def told(findings: list[Rule], lasting: list[Rule]) -> list[Rule]:
    known = frozenset(AlertKey(rule, "x") for rule in lasting)
    return [each.rule for each in without_consequences(map(finding, findings), known)]


@pytest.mark.parametrize(
    ("findings", "lasting", "expected"),
    [
        ([Rule.UNISSUED_SALE], [], [Rule.UNISSUED_SALE]),
        ([Rule.UNISSUED_SALE, Rule.CHAIN_AWAY], [], [Rule.CHAIN_AWAY]),
        ([Rule.UNISSUED_SALE], [Rule.CHAIN_AWAY], []),
        ([Rule.UNISSUED_SALE], [Rule.CHAIN_AWAY, Rule.UNISSUED_SALE], [Rule.UNISSUED_SALE]),
        ([Rule.UNREAD_EXCHANGE], [Rule.CHAIN_AWAY], [Rule.UNREAD_EXCHANGE]),
        ([Rule.UNREAD_EXCHANGE, Rule.STREAM_DOWN, Rule.HALT], [Rule.BROKER_AWAY], [Rule.HALT]),
    ],
)
def test_a_consequence_is_not_told_beside_its_cause(
    findings: list[Rule], lasting: list[Rule], expected: list[Rule]
) -> None:
    assert told(findings, lasting) == expected


def test_no_cause_is_a_consequence_so_that_something_is_always_told() -> None:
    assert not set(CONSEQUENCES) & {rule for rules in CONSEQUENCES.values() for rule in rules}
