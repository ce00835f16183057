"""What leads an alert process to its crash points: it stores that something is wrong, and tells it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

from app.alerting.keeping import Keeping
from app.alerting.lookout import Check, Lookout
from app.alerting.messages import Message
from app.alerting.telling import Teller
from app.alerting.watch import AlertWatch
from app.domain.alerts import Alert, Finding, Rule, Severity
from app.settings.alerts import AlertSettings
from app.store.alerts import SqlAlerts
from app.store.ledger import SqlLedger
from tests.unit.app.services.ledgers import EventfulClock, Ledgers

_DOWN = Finding(Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "it is down", "look at it")
_LONGEST_SECONDS = 30.0


class _File:
    """A target that outlives those who tell it."""

    is_reminded = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def tell(self, message: Message) -> None:
        with self._path.open("a") as file:
            file.write(f"{message.deduplication_key}\n")


@contextmanager
def alert_told(folder: Path) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """An exchange is down and a target is told; give what does it and what checks it."""
    told, clock = folder / "told", EventfulClock()
    with closing(Ledgers(folder / "ledger.sqlite3")) as ledgers, ledgers.fresh(clock) as ledger:

        def do() -> None:
            ledger.database.engine.dispose(close=False)  # no connection survives a fork
            clock.wait(60 * len(list(folder.parent.glob("* by *"))))  # the lease of whoever died has expired
            watch = _process(ledger, clock, _File(told))
            deadline = monotonic() + _LONGEST_SECONDS
            while not _is_told(_alerts(ledger, clock)):
                assert monotonic() < deadline
                watch.turn()

        def check() -> None:
            (alert,) = _alerts(ledger, clock)
            assert alert.told_at is not None
            assert [event.kind for event in ledger.events.recent(9)] == ["AlertRaised"]
            # Who died after it was told and before that was stored leaves it to be told again, under the same key.
            assert told.read_text().splitlines() in [["meic/exchange_down/north"] * times for times in (1, 2)]

        yield do, check


def _alerts(ledger: SqlLedger, clock: EventfulClock) -> list[Alert]:
    return list(SqlAlerts(ledger.database, clock).recent(10))


def _is_told(alerts: list[Alert]) -> bool:
    return bool(alerts) and alerts[0].told_at is not None


def _process(ledger: SqlLedger, clock: EventfulClock, target: _File) -> AlertWatch:
    limits, stopping = AlertSettings(), Event()
    everything = Check("everything", frozenset(Rule), lambda: (_DOWN,), 0.0)
    return AlertWatch(
        limits,
        clock,
        Keeping(lambda: ledger, clock),
        [Teller("file", target, Severity.WARNING, stopping)],
        lookout=Lookout([everything], clock.now, limits.blind_seconds),
        standby=Lookout([], clock.now, limits.blind_seconds),
    )
