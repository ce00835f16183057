"""What waits at each step between a fill and the offers that follow it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from app.domain.issuances import IssuanceState
from app.store import tables
from app.store.reading.glances import PipelineStep, Step
from app.store.reading.order import looked_at

_fill, _issuance = tables.fill, tables.issuance
_publication, _generation = tables.publication, tables.generation

_STATES = {
    Step.PREPARED: IssuanceState.PREPARED,
    Step.SIGNED: IssuanceState.SIGNED,
    Step.SUBMITTED: IssuanceState.SUBMITTED,
    Step.PARKED: IssuanceState.REFUSED,
}
_SALES_IN_IT = select(func.count()).where(_fill.c.issuance_id == _issuance.c.id).correlate(_issuance).scalar_subquery()
_OPEN = select(
    _issuance.c.state, _issuance.c.quantity_napu, _issuance.c.prepared_at, _SALES_IN_IT.label("sales")
).where(tables.IS_OPEN)
_ISSUED = select(func.count(), func.coalesce(func.sum(_issuance.c.quantity_napu), 0)).where(
    looked_at(_issuance.c.state) == IssuanceState.ISSUED
)
_NEWEST = select(func.max(_generation.c.number))
_SHOWN = select(_publication.c.shown)
_DECIDED_AFTER = (
    select(_generation.c.decided_at)
    .where(_generation.c.number > bindparam("shown"))
    .order_by(_generation.c.number)
    .limit(1)
)


def read_pipeline(connection: Connection, now: datetime) -> tuple[PipelineStep, ...]:
    """Return each step, in their order."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    issued = connection.execute(_ISSUED.where(_issuance.c.changed_at >= midnight)).one()
    return (
        _waiting(connection, Step.SEEN, tables.IS_UNCLAIMED),
        _waiting(connection, Step.RECORDED, tables.IS_WAITING),
        *_in_issuances(connection),
        PipelineStep(Step.ISSUED, issued[0], int(issued[1]), None),
        _unpublished(connection),
    )


def _waiting(connection: Connection, step: Step, which: ColumnElement[bool]) -> PipelineStep:
    waiting = select(func.count(), func.coalesce(func.sum(_fill.c.quantity_napu), 0), func.min(_fill.c.executed_at))
    count, quantity, oldest = connection.execute(waiting.where(which)).one()
    return PipelineStep(step, count, int(quantity), oldest)


def _in_issuances(connection: Connection) -> Iterator[PipelineStep]:
    opened = connection.execute(_OPEN).all()
    for step, state in _STATES.items():
        here = [row for row in opened if row.state == state]
        oldest = min((row.prepared_at for row in here), default=None)
        yield PipelineStep(step, sum(row.sales for row in here), sum(row.quantity_napu for row in here), oldest)


def _unpublished(connection: Connection) -> PipelineStep:
    newest = connection.execute(_NEWEST).scalar()
    shown = connection.execute(_SHOWN).scalars().all()
    behind = [number or 0 for number in shown if newest is not None and (number or 0) < newest]
    oldest = connection.execute(_DECIDED_AFTER, {"shown": min(behind)}).scalar() if behind else None
    return PipelineStep(Step.PUBLISHED, len(behind), 0, oldest)
