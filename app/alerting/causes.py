"""What follows from what: whoever is woken for a cause need not be woken for each of its consequences."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from app.domain.alerts import AlertKey, Finding, Rule

_WORK = frozenset({Rule.UNISSUED_SALE, Rule.LATE_OFFERS, Rule.NOT_COMPARED})
CONSEQUENCES: Mapping[str, frozenset[Rule]] = MappingProxyType(
    {
        Rule.LEDGER_AWAY: _WORK | {Rule.UNSETTLED_ISSUANCE, Rule.UNREAD_EXCHANGE},
        Rule.BROKER_AWAY: _WORK | {Rule.UNREAD_EXCHANGE, Rule.WORKERS_MISSING, Rule.STREAM_DOWN},
        Rule.CHAIN_AWAY: _WORK | {Rule.UNSETTLED_ISSUANCE},
    }
)
"""By cause. What lasts longer than its cause is told when that is over."""


def without_consequences(findings: Iterable[Finding], lasting: frozenset[AlertKey]) -> Iterator[Finding]:
    """Yield the findings but those that follow from another one, or from an alert that lasts.

    One whose own alert lasts is yielded all the same: it was told before its cause was known, and is not over.
    """
    found = tuple(findings)
    rules = {finding.rule.value for finding in found} | {key.rule for key in lasting}
    follows = {consequence for cause in rules for consequence in CONSEQUENCES.get(cause, ())}
    yield from (finding for finding in found if finding.rule not in follows or finding.key in lasting)
