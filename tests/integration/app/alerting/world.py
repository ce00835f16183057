"""An alert process in this one, turn by turn, over a real ledger and with real servers to tell."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from pydantic import SecretStr

from app.alerting.keeping import Keeping
from app.alerting.lookout import Check, Lookout
from app.alerting.rules_of_parts import ledger_away
from app.alerting.tellers import tellers
from app.alerting.watch import AlertWatch
from app.domain.alerts import Alert, Finding, Rule, Severity
from app.domain.errors import InvalidInput
from app.settings.alerts import AlertSettings, PagerDutySettings, SlackSettings
from app.settings.settings import Settings
from app.store.alerts import SqlAlerts
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock

DOWN = Finding(Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "north is down", "look at it")
_LONGEST_SECONDS = 30.0


def settings(url: str, home: Path) -> Settings:
    """Those of an instance that tells a Slack and a PagerDuty, both at one host."""
    alerts = AlertSettings(
        slack={"ops": SlackSettings(url=SecretStr(f"{url}/slack"))},
        pagerduty={"duty": PagerDutySettings(routing_key=SecretStr("key"), url=f"{url}/pagerduty")},
    )
    return Settings(home=home, alerts=alerts)


@dataclass
class World:
    """Everything that is not the alert process.

    Attributes:
        findings: what every check of every process sees.
        problem: why the ledger is away; "" while it is there.
    """

    ledger: SqlLedger
    clock: StoppedClock
    settings: Settings
    findings: list[Finding] = field(default_factory=list)
    problem: str = ""

    @property
    def alerts(self) -> Sequence[Alert]:
        """What the ledger has, newest first."""
        return SqlAlerts(self.ledger.database, self.clock).recent(100)

    @property
    def kinds(self) -> list[str]:
        """The ledger's newest events, oldest first."""
        return [event.kind for event in reversed(self.ledger.events.recent(100))]

    def process(self) -> AlertWatch:
        """Start an alert process."""
        limits, stopping = self.settings.alerts, threading.Event()
        stopping.set()  # nobody rests between tries
        ledger = Check("the ledger", frozenset({Rule.LEDGER_AWAY}), self._look_at_ledger, 0.0, away=self._away)
        others = Check("the rest", frozenset(Rule) - {Rule.LEDGER_AWAY}, lambda: tuple(self.findings), 0.0)
        return AlertWatch(
            limits,
            self.clock,
            Keeping(self._open_ledger, self.clock),
            tellers(self.settings, stopping),
            lookout=Lookout([ledger, others], self.clock.now, limits.blind_seconds),
            standby=Lookout([ledger], self.clock.now, limits.blind_seconds),
        )

    def _open_ledger(self) -> SqlLedger:
        if self.problem:
            raise InvalidInput(self.problem)
        return self.ledger

    def _look_at_ledger(self) -> Sequence[Finding]:
        self._open_ledger()
        return ()

    def _away(self, problem: str) -> Finding:
        return ledger_away(problem, self.settings.alerts)


def turn_until(watch: AlertWatch, condition: Callable[[], bool]) -> None:
    """Take turns until something is so; the time stands still."""
    deadline = monotonic() + _LONGEST_SECONDS
    while not condition():
        assert monotonic() < deadline, "it never came to be so"
        watch.turn()


def turn_on(world: World, watch: AlertWatch, seconds: float, step_seconds: float = 5.0) -> None:
    """Take turns for some time."""
    for _ in range(round(seconds / step_seconds)):
        world.clock.wait(step_seconds)
        watch.turn()


@contextmanager
def judging(world: World) -> Iterator[AlertWatch]:
    """Start an alert process and have it judge; at the end it stops."""
    watch = world.process()
    turn_until(watch, lambda: watch.is_judging)
    yield watch
    watch.close()
