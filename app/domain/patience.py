"""How long something must be wrong before it is told, and right before it is over: so that nothing flaps."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.alerts import AlertKey, Finding

Since = Mapping[AlertKey, datetime]
"""Since when each has been otherwise than it is recorded: wrong and not raised yet, or right and not over yet."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What changes now, and what is remembered until the next look; what is raised with the time since when it was wrong."""

    raised: tuple[tuple[Finding, datetime], ...]
    resolved: tuple[AlertKey, ...]
    since: Since


def judge(
    findings: Iterable[Finding],
    lasting: Collection[AlertKey],
    since: Since,
    now: datetime,
    *,
    calm_seconds: float,
    is_unknown: Callable[[AlertKey], bool],
) -> Verdict:
    """Return what is to be raised and what is over.

    What could not be looked at changes nothing: it is neither raised nor over, its time of being wrong goes on, and its
    time of being right begins anew.

    Args:
        findings: what is wrong now.
        lasting: the alerts that were raised and are not over.
        since: what the last verdict said.
        now: the time of this look; times that lie ahead of it, by a clock set back, count from now.
        calm_seconds: how long something must be right before it is over.
        is_unknown: whether nobody could look at it.
    """
    wrong = {finding.key: finding for finding in findings}
    otherwise = {key: min(since.get(key, now), now) for key in _otherwise(wrong, lasting, since, is_unknown)}

    def has_lasted(key: AlertKey, seconds: float) -> bool:
        return now - otherwise[key] >= timedelta(seconds=seconds)

    raised = tuple(
        (finding, otherwise[key])
        for key, finding in wrong.items()
        if key in otherwise and not is_unknown(key) and has_lasted(key, finding.hold_seconds)
    )
    resolved = tuple(key for key in lasting if key in otherwise and has_lasted(key, calm_seconds))
    settled = {*resolved, *(finding.key for finding, _ in raised)}
    return Verdict(raised, resolved, {key: at for key, at in otherwise.items() if key not in settled})


def _otherwise(
    wrong: Collection[AlertKey], lasting: Collection[AlertKey], since: Since, is_unknown: Callable[[AlertKey], bool]
) -> Iterable[AlertKey]:
    for key in lasting:
        if key not in wrong and not is_unknown(key):
            yield key
    for key in dict.fromkeys((*wrong, *since)):
        if key not in lasting and (key in wrong or is_unknown(key)):
            yield key
