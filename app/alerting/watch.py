"""Judges and tells, turn by turn, for as long as it is let: the one process that notices when no other works."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from app.alerting.book import Book
from app.alerting.bounded import BoundedCall
from app.alerting.causes import without_consequences
from app.alerting.due import due_messages
from app.alerting.heartbeat import Heartbeat
from app.alerting.keeping import Keeping, Kept
from app.alerting.lookout import Lookout
from app.alerting.messages import Kind
from app.alerting.rules_of_parts import ledger_away, target_away
from app.alerting.telling import Teller, Telling
from app.domain.alerts import Alert, AlertKey, Finding, Rule, Severity, Told
from app.domain.errors import MeicError
from app.domain.patience import judge
from app.ports.clock import Clock
from app.settings.alerts import AlertSettings
from app.store.version import first_line

log = logging.getLogger(__name__)

_LOOK_SECONDS = 2.0
"""How long a turn waits for its checks; what comes later counts in the next."""

_KEEP_SECONDS = 3.0
_LAST_TELLING_SECONDS = 5.0


class AlertWatch:
    """Everything that one turn needs, and what is remembered between turns.

    While another process holds the lease this one looks at the ledger alone: were that away, the other could be, too.
    """

    def __init__(
        self,
        limits: AlertSettings,
        clock: Clock,
        keeping: Keeping,
        tellers: Sequence[Teller],
        *,
        lookout: Lookout,
        standby: Lookout,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        """Prepare it.

        Args:
            limits: the settings.
            clock: the time.
            keeping: the ledger's side.
            tellers: the targets.
            lookout: all checks.
            standby: the check of the ledger, for when another process judges.
            heartbeat: told at every turn; None for none.
        """
        self._limits = limits
        self._clock = clock
        self._keeping = keeping
        self._tellers = tellers
        self._lookout = lookout
        self._standby = standby
        self._heartbeat = heartbeat
        self._book = Book()
        self._since: Mapping[AlertKey, datetime] = {}
        self._keep: BoundedCall[Kept] = BoundedCall("a write to it")
        self._is_ours = False
        self._unkept_since: datetime | None = None
        self._problem = ""

    @property
    def is_judging(self) -> bool:
        """Whether this process is the one that judges; False while another does."""
        return self._is_ours

    def run(self, stopping: threading.Event, alive: Callable[[], None]) -> None:
        """Take turns until told to stop; `alive` is called after each that went well."""
        while not stopping.is_set():
            begun = time.monotonic()
            try:
                self.turn()
            except Exception:
                log.exception("a turn failed by a defect; the next one comes")
            else:
                alive()
            stopping.wait(max(0.0, self._limits.check_seconds - (time.monotonic() - begun)))
        self.close()

    def turn(self) -> None:
        """Look, judge, store what has changed, and begin to tell it."""
        now = self._clock.now()
        for teller in self._tellers:
            self._note_told(teller.name, teller.take(now))
        self._judge(now)
        self._book.note_all_told(self._listeners, now, now - timedelta(hours=self._limits.give_up_hours))
        self._store(now)
        self._book.forget_finished(needs_ledger=self._is_ours)
        self._tell(now)
        if self._heartbeat is not None:
            self._heartbeat.beat()

    def close(self) -> None:
        """Let what is being told end, store that it was, and give the lease back."""
        now = self._clock.now()
        deadline = time.monotonic() + _LAST_TELLING_SECONDS
        for teller in self._tellers:
            self._note_told(teller.name, teller.take(now, deadline - time.monotonic()))
        self._book.note_all_told(self._listeners, now, now - timedelta(hours=self._limits.give_up_hours))
        self._store(now)
        if not self._keep.is_running:
            closing: BoundedCall[None] = BoundedCall("closer")
            closing.begin(self._keeping.close)
            try:
                closing.take(_KEEP_SECONDS)
            except TimeoutError:
                log.warning("the lease could not be given back; it expires by itself")

    def _judge(self, now: datetime) -> None:
        view = (self._lookout if self._is_ours else self._standby).look(_LOOK_SECONDS)
        off = set(self._limits.off)
        findings = [each for each in (*view.findings, *self._own_findings(now)) if each.rule not in off]
        lasting = self._book.lasting()
        verdict = judge(
            without_consequences(findings, lasting),
            lasting,
            self._since,
            now,
            calm_seconds=self._limits.calm_seconds,
            is_unknown=lambda key: view.is_unknown(key) or not (self._is_ours or key.rule == Rule.LEDGER_AWAY),
        )
        for finding, since in verdict.raised:
            alert = self._book.raise_for(finding, since)
            log.warning("alert raised: %s %s: %s", alert.rule, alert.subject, finding.words)
        for key in verdict.resolved:
            alert = self._book.resolve(key, now)
            log.warning("alert resolved: %s %s", alert.rule, alert.subject)
        self._since = verdict.since

    def _own_findings(self, now: datetime) -> Iterator[Finding]:
        if self._unkept_since is not None:
            yield ledger_away(self._problem, self._limits)
        for teller in self._tellers:
            since = teller.failing_since
            if since and now - since >= timedelta(seconds=self._limits.target_away_seconds):
                yield target_away(teller.name, since, teller.problem)

    def _store(self, now: datetime) -> None:
        """Store what has changed, and wait for it only so long: people are told of a ledger that hangs, too."""
        if not self._keep.is_running:
            changed = self._book.changed()
            self._keep.begin(lambda: self._keeping.keep(changed))
        try:
            kept = self._keep.take(_KEEP_SECONDS)
        except (MeicError, TimeoutError) as error:
            self._note_unkept(str(error), now)
        except SQLAlchemyError as error:
            self._note_unkept(first_line(error), now)
        except Exception as error:
            log.exception("alerts could not be stored, by a defect")
            self._note_unkept(f"{type(error).__name__}, a defect", now)
        else:
            self._note_kept(kept)

    def _note_unkept(self, problem: str, now: datetime) -> None:
        if self._unkept_since is None:
            log.error("alerts cannot be stored: %s", problem)
        self._unkept_since, self._problem = self._unkept_since or now, problem

    def _note_kept(self, kept: Kept) -> None:
        if kept.is_ours is not self._is_ours:
            log.info("this process judges alerts" if kept.is_ours else "another process judges alerts; this one waits")
        if self._is_ours and not kept.is_ours:
            self._book.forget()
            self._lookout.forget()
            self._since = {}
        self._is_ours, self._unkept_since, self._problem = kept.is_ours, None, ""
        if kept.known is not None:
            self._book.load(kept.known)
        self._book.note_stored(kept.stored)

    def _tell(self, now: datetime) -> None:
        may_tell_all = self._unkept_since is not None and now - self._unkept_since >= timedelta(
            seconds=self._limits.ledger_away_seconds
        )
        # Without the lease nothing of ours is ever stored, and all there is are words about the ledger.
        known = [
            (number, alert)
            for number, alert, is_stored in self._book.alerts()
            if is_stored or may_tell_all or not self._is_ours
        ]
        for teller in self._tellers:
            if teller.is_ready and (due := due_messages(teller, known, self._limits, now)):
                teller.begin(due)

    def _note_told(self, target: str, told: Sequence[Telling]) -> None:
        knows = {number: alert.told.get(target, Told()) for number, alert, _ in self._book.alerts()}
        for telling in told:
            before = knows.get(telling.number, Told())
            at = telling.message.at
            is_over = telling.message.kind is Kind.RESOLVED
            knows[telling.number] = Told(before.lasting_at, at) if is_over else Told(at, before.over_at)
            self._book.note_told(telling.number, target, knows[telling.number])

    def _listeners(self, alert: Alert) -> list[str]:
        return [teller.name for teller in self._tellers if teller.hears_of(Severity(alert.severity))]
