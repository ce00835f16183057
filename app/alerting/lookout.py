"""Makes every check when it is due, each apart from the others, and knows what nobody could look at."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from app.alerting.bounded import BoundedCall
from app.alerting.rules_of_parts import blind
from app.domain.alerts import AlertKey, Finding, Rule
from app.domain.errors import MeicError
from app.ndau.masking import masked
from app.store.version import first_line

log = logging.getLogger(__name__)

_LONGEST_SECONDS = 10.0
"""A check that runs longer hangs."""


_OFTEN_SECONDS, _AGAIN_SECONDS = 60.0, 5.0
"""One that is made often is made again soon when it failed; one that is made seldom is so for the sake of who is asked."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at something.

    Attributes:
        name: what is looked at, in words.
        rules: what it may find.
        look: returns what is wrong; may raise, and may hang.
        every_seconds: how often.
        subject: the one subject of its findings; None when it finds all of its rules' subjects.
        needs: the rule that tells when what it asks is away; then nobody need be told that this cannot be judged.
        away: makes a finding of a failure; None when a failure says nothing.
        blind_seconds: how long it may fail before somebody is told; None for what the settings say.
    """

    name: str
    rules: frozenset[Rule]
    look: Callable[[], Sequence[Finding]]
    every_seconds: float
    subject: str | None = None
    needs: Rule | None = None
    away: Callable[[str], Finding] | None = None
    blind_seconds: float | None = None

    def finds(self, key: AlertKey) -> bool:
        """Whether a finding about this would come from here."""
        return key.rule in self.rules and self.subject in (None, key.subject)


@dataclass(frozen=True, slots=True)
class View:
    """What is wrong now, and what nobody could look at."""

    findings: tuple[Finding, ...]
    unknown: tuple[Check, ...]

    def is_unknown(self, key: AlertKey) -> bool:
        """Whether nobody can say if this is wrong."""
        return any(check.finds(key) for check in self.unknown)


@dataclass(slots=True)
class _Watched:
    check: Check
    call: BoundedCall[Sequence[Finding]]
    is_known: bool = False
    unknown_since: datetime | None = None
    problem: str = "it gives no answer"
    findings: Sequence[Finding] = ()
    due_at: float = 0.0


class Lookout:
    """All checks, each on its own: one that fails or hangs does not keep the others from being judged."""

    def __init__(self, checks: Sequence[Check], now: Callable[[], datetime], blind_seconds: float) -> None:
        self._now = now
        self._blind_seconds = blind_seconds
        self._watched = [_Watched(check, BoundedCall(f"check of {check.name}")) for check in checks]

    def look(self, wait_seconds: float) -> View:
        """Make what is due, wait so long for all of it, and return what is known; a late answer counts the next time."""
        deadline = time.monotonic() + wait_seconds
        for each in self._watched:
            if not each.call.is_running and time.monotonic() >= each.due_at:
                each.call.begin(each.check.look)
                if not each.is_known:
                    each.unknown_since = each.unknown_since or self._now()
        for each in self._watched:
            if each.call.is_running:
                self._take(each, deadline - time.monotonic())
        wrong = tuple(finding for each in self._watched for finding in each.findings)
        unknown = tuple(each.check for each in self._watched if not each.is_known)
        return View((*wrong, *self._blind(wrong, unknown)), unknown)

    def forget(self) -> None:
        """Forget what was seen: it will be old when somebody looks again."""
        for each in self._watched:
            each.findings, each.is_known, each.unknown_since, each.due_at = (), False, None, 0.0

    def _take(self, each: _Watched, wait_seconds: float) -> None:
        try:
            findings = each.call.take(wait_seconds)
        except Exception as error:  # noqa: BLE001  whatever is wrong with one, the others are judged
            hangs = each.call.is_running
            if not hangs or each.call.running_seconds > _LONGEST_SECONDS:
                self._failed(each, error)
            if hangs:
                return
        else:
            each.findings, each.is_known, each.unknown_since = tuple(findings), True, None
        seconds = each.check.every_seconds
        if not each.is_known and seconds <= _OFTEN_SECONDS:
            seconds = min(seconds, _AGAIN_SECONDS)
        each.due_at = time.monotonic() + seconds

    def _failed(self, each: _Watched, error: Exception) -> None:
        problem = _words(error)
        if each.check.away is not None:
            each.findings, each.is_known, each.unknown_since = (each.check.away(problem),), True, None
            return
        if each.is_known:
            log.warning("%s cannot be judged: %s", each.check.name, problem)
            each.unknown_since = self._now()
        each.findings, each.is_known, each.problem = (), False, problem

    def _blind(self, wrong: Sequence[Finding], unknown: Sequence[Check]) -> Iterator[Finding]:
        away = {finding.rule for finding in wrong} | {rule for check in unknown for rule in check.rules}
        for each in self._watched:
            seconds = each.check.blind_seconds or self._blind_seconds
            if each.unknown_since is None:
                continue
            if each.check.needs in away:
                each.unknown_since = self._now()  # what it asks may be back a moment before it is asked again
            elif self._now() - each.unknown_since >= timedelta(seconds=seconds):
                yield blind(each.check.name, each.problem)


def _words(error: Exception) -> str:
    if isinstance(error, SQLAlchemyError):
        return masked(first_line(error))
    if isinstance(error, MeicError | TimeoutError):
        return masked(str(error))
    log.error("a check failed by a defect", exc_info=error)
    return f"{type(error).__name__}, a defect; the log of `meic alerts watch` has more"
