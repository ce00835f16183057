"""Times and counts what is committed to the ledger; implements `app.ports.observer.LedgerObserver`."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from app.domain.fills import FillKind
from app.domain.issuances import Issuance, IssuanceState
from app.telemetry import metrics
from app.telemetry.quietly import quiet

log = logging.getLogger(__name__)

_NOWHERE = ""
"""The exchange of steps that belong to an issuance, whose sales may come from many."""

_MOST_REMEMBERED = 16


class LedgerFigures:
    """Watches the ledger of one process. Safe for threads: a lost race costs one figure."""

    def __init__(self) -> None:
        self._submitted: dict[int, datetime] = {}

    @quiet
    def recorded(self, exchange: str, at: datetime, fills: Sequence[tuple[FillKind, datetime]]) -> None:
        """Time executed to recorded: an exchange's clock and ours, so that less than nothing counts as nothing."""
        for kind, count in Counter(kind for kind, _ in fills).items():
            metrics.FILLS.labels(exchange, kind.value).inc(count)
        _observe_each("executed_to_recorded", exchange, ((executed_at, at) for _, executed_at in fills))

    @quiet
    def prepared(self, issuance: Issuance) -> None:
        """Count it."""
        metrics.ISSUANCES.labels(issuance.state.value).inc()

    @quiet
    def moved(
        self,
        before: IssuanceState,
        issuance: Issuance,
        at: datetime,
        sales: Callable[[], Sequence[tuple[str, datetime]]],
    ) -> None:
        """Time its steps; of one that an old ledger learnt again nobody knows when they were."""
        metrics.ISSUANCES.labels(issuance.state.value).inc()
        if issuance.learned_at is not None:
            return
        if issuance.state is IssuanceState.SUBMITTED and before is not IssuanceState.SUBMITTED:
            _observe("prepared_to_submitted", _NOWHERE, issuance.prepared_at, at)
            self._remember(issuance.id, at)
        if issuance.state is IssuanceState.ISSUED:
            self._issued(issuance, at, sales())

    @quiet
    def shown(self, exchange: str, generation: int, decided_at: datetime, at: datetime) -> None:
        """Time decided to shown, and say so: with it ends what began with a fill."""
        _observe("decided_to_shown", exchange, decided_at, at)
        seconds = (at - decided_at).total_seconds()
        facts = {"exchange": exchange, "generation": generation}
        log.info("%s shows generation %d, %.1f s after it was decided", exchange, generation, seconds, extra=facts)

    def _remember(self, issuance_id: int, at: datetime) -> None:
        if len(self._submitted) >= _MOST_REMEMBERED:
            self._submitted.clear()
        self._submitted[issuance_id] = at

    def _issued(self, issuance: Issuance, at: datetime, sales: Sequence[tuple[str, datetime]]) -> None:
        if submitted_at := self._submitted.pop(issuance.id, None):
            _observe("submitted_to_issued", _NOWHERE, submitted_at, at)
        by_exchange = defaultdict[str, list[datetime]](list)
        for exchange, recorded_at in sales:
            by_exchange[exchange].append(recorded_at)
        for exchange, times in by_exchange.items():
            _observe_each("recorded_to_prepared", exchange, ((begun, issuance.prepared_at) for begun in times))
            _observe_each("recorded_to_issued", exchange, ((begun, at) for begun in times))


def _observe(step: str, exchange: str, begun: datetime, ended: datetime) -> None:
    _observe_each(step, exchange, [(begun, ended)])


def _observe_each(step: str, exchange: str, spans: Iterable[tuple[datetime, datetime]]) -> None:
    observe = metrics.STEP_SECONDS.labels(step, exchange).observe  # looked up once: there may be thousands
    for begun, ended in spans:
        observe(max((ended - begun).total_seconds(), 0.0))
