"""What is looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.alerting.comparisons import Comparisons
from app.alerting.rules_of_parts import StreamTrouble
from app.ports.chain import Chain
from app.ports.clock import Clock
from app.settings.settings import Settings
from app.store.ledger import SqlLedger
from app.store.waiting import SqlWaiting


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is looked at; everything is asked anew each time, and may raise or hang.

    Attributes:
        broker: raises Unavailable when it cannot be reached.
        workers: raises InvalidInput, in words, when a queue is not served as it should be.
        streams: the streams that are down.
    """

    settings: Settings
    clock: Clock
    ledger: Callable[[], SqlLedger]
    chain: Callable[[], Chain]
    broker: Callable[[], object]
    workers: Callable[[], object]
    streams: Callable[[], Sequence[StreamTrouble]]
    comparisons: Comparisons = field(default_factory=Comparisons)

    def now(self) -> datetime:
        """Return the time."""
        return self.clock.now()

    def waiting(self) -> SqlWaiting:
        """Return what waits."""
        return SqlWaiting(self.ledger().database)
