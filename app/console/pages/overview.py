"""Everything at one glance."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.bootstrap import Coordinator
from app.console.pages.curve import curve_at
from app.console.pages.given import Looker, Parts, surroundings_of, unit_at
from app.console.pages.standing import standings
from app.console.pages.telling import told
from app.console.rendering import page
from app.domain.alerts import Alert, Rule
from app.store.alerts import SqlAlerts
from app.store.reading.glances import DayTotal, Step

router = APIRouter()

_NEWEST = 8
_MOST_ALERTS = 20

_WORDS = {
    Step.SEEN: ("Seen", "unclaimed sells that wait for a person"),
    Step.RECORDED: ("Recorded", "sales in no issuance yet"),
    Step.PREPARED: ("In an issuance", "sales whose issuance is not signed"),
    Step.SIGNED: ("Signed", "sales whose issuance is not sent"),
    Step.SUBMITTED: ("Submitted", "sales that may have reached the chain"),
    Step.PARKED: ("Refused", "sales whose issuance waits for a person"),
    Step.ISSUED: ("Issued", "issuances in a block since 00:00 UTC"),
    Step.PUBLISHED: ("Published", "exchanges that do not show the newest offers"),
}
_NEEDS_A_PERSON = frozenset({Step.SEEN, Step.PARKED})


@dataclass(frozen=True, slots=True)
class Money:
    """What was sold for, in one currency; `proceeds` in napu x nanocents."""

    unit: str
    sales: int
    sold_napu: int
    proceeds: int


@router.get("/")
def overview(request: Request, visitor: Looker, parts: Parts) -> Response:
    """Show how everything stands."""
    number, now = parts.records.newest_event(), parts.clock.now()
    around, today = surroundings_of(request), parts.records.day_totals(now.date())
    steps = {step.step: step for step in parts.records.pipeline(now)}
    basis = parts.records.basis_napu()
    return page(
        request,
        visitor,
        "overview.html",
        number=number,
        curve=None if basis is None else curve_at(basis),
        issued=steps[Step.ISSUED],
        waiting=[(step, *_WORDS[step.step], step.step in _NEEDS_A_PERSON) for step in steps.values()],
        today=_by_currency(parts, [day for day in today if day.day == now.date()]),
        raised=_raised(parts),
        standings=standings(parts, around, today, now),
        around=around,
        halts=parts.ledger.halts.active(),
        alerts=_alerts(parts),
        sales=parts.records.sales(limit=_NEWEST),
        events=[told(event) for event in parts.records.events(limit=_NEWEST).rows],
        unit_at=lambda exchange: unit_at(parts, exchange),
    )


def _alerts(parts: Coordinator) -> list[Alert]:
    lasting = SqlAlerts(parts.ledger.database, parts.clock).recent(_MOST_ALERTS, only_lasting=True)
    return [alert for alert in lasting if alert.rule != Rule.HALT]  # halts stand there themselves


def _raised(parts: Coordinator) -> list[Money]:
    raised = parts.records.money_raised()
    return _summed([(unit_at(parts, name), each.sales, each.sold_napu, each.proceeds) for name, each in raised.items()])


def _by_currency(parts: Coordinator, days: Sequence[DayTotal]) -> list[Money]:
    return _summed([(unit_at(parts, day.exchange), day.sales, day.sold_napu, day.proceeds) for day in days])


def _summed(parts: Sequence[tuple[str, int, int, int]]) -> list[Money]:
    units = sorted({unit for unit, *_ in parts})
    return [
        Money(unit, *(sum(figures) for figures in zip(*(rest for of, *rest in parts if of == unit), strict=True)))
        for unit in units
    ]
