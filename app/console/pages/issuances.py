"""The list of issuances, one issuance, and the list as a file."""

from collections.abc import Iterator

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.bootstrap import Coordinator
from app.console.figures import machine_moment
from app.console.pages.downloads import csv_file
from app.console.pages.given import Looker, Parts, unit_at
from app.console.pages.inputs import Inputs
from app.console.pages.listings import listing
from app.console.pages.telling import told
from app.console.rendering import page
from app.domain.issuances import OPEN_STATES, IssuanceState
from app.domain.money import MAX_AMOUNT, format_ndau
from app.store.reading.filters import EventFilter, IssuanceFilter, SaleFilter

router = APIRouter()

_COLUMNS = (
    "issuance_id",
    "state",
    "quantity_ndau",
    "issuer_address",
    "sequence",
    "tx_hash",
    "block_height",
    "prepared_at_utc",
    "changed_at_utc",
    "message",
)
_KINDS = (
    "IssuancePrepared",
    "IssuanceSigned",
    "IssuanceSubmitted",
    "IssuanceIssued",
    "IssuanceRefused",
    "IssuanceVoid",
    "IssuanceExplained",
    "ResolveAsked",
    "ResolveAnswered",
)
_SALES_AT_ONCE = 25
_MOST_EVENTS = 100


@router.get("/issuances")
def issuances(request: Request, visitor: Looker, parts: Parts) -> Response:
    """Show issuances, newest first."""
    number = parts.records.newest_event()
    found = listing(request, _wanted, parts.records.issuances)
    return page(
        request,
        visitor,
        "issuances.html",
        status=found.status,
        number=number,
        listing=found,
        states=list(IssuanceState),
    )


@router.get("/issuances.csv")
def issuances_file(request: Request, _visitor: Looker, parts: Parts) -> Response:
    """Download all issuances that the filters let through."""
    wanted = _wanted(Inputs(request.query_params))
    return csv_file("issuances", parts.clock.now(), _COLUMNS, _cells(parts, wanted))


@router.get("/issuances/{number}")
def issuance(request: Request, visitor: Looker, parts: Parts, number: str) -> Response:
    """Show an issuance: its sales, and all that happened to it."""
    newest = parts.records.newest_event()
    wanted = int(number) if number.isascii() and number.isdecimal() and int(number[:20]) <= MAX_AMOUNT else 0
    found = parts.ledger.issuances.find(wanted) if wanted else None
    if found is None:
        words = f"there is no issuance {number[:32]} in the ledger; the list of issuances shows those there are"
        return page(request, visitor, "failure.html", status=404, title="No such issuance", detail=words)
    events = parts.records.events(EventFilter(_KINDS, str(found.id)), limit=_MOST_EVENTS)
    return page(
        request,
        visitor,
        "issuance.html",
        number=newest,
        issuance=found,
        is_open=found.state in OPEN_STATES,
        listing=listing(request, lambda _inputs: SaleFilter(issuance_id=found.id), parts.records.sales, _SALES_AT_ONCE),
        events=[told(event) for event in events.rows],
        unit_at=lambda exchange: unit_at(parts, exchange),
    )


def _wanted(inputs: Inputs) -> IssuanceFilter:
    return IssuanceFilter(
        state=inputs.one_of("state", IssuanceState),
        since=inputs.moment("since"),
        until=inputs.moment("until"),
        sequence=inputs.whole("sequence"),
        tx_hash=inputs.text("transaction"),
    )


def _cells(parts: Coordinator, wanted: IssuanceFilter) -> Iterator[tuple[object, ...]]:
    for row in parts.records.every_issuance(wanted):
        yield (
            row.id,
            row.state,
            format_ndau(row.quantity_napu),
            row.issuer_address,
            row.sequence,
            row.tx_hash,
            row.block_height,
            machine_moment(row.prepared_at),
            machine_moment(row.changed_at),
            row.message,
        )
