"""The list of fills, one fill's whole story, and the list as a file."""

from collections.abc import Iterator
from enum import StrEnum

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.bootstrap import Coordinator
from app.console.figures import machine_moment
from app.console.pages.downloads import csv_file
from app.console.pages.given import Looker, Parts, unit_at
from app.console.pages.inputs import LONGEST_TEXT, Inputs
from app.console.pages.listings import listing
from app.console.pages.stories import timeline
from app.console.rendering import page
from app.domain.fills import FillKind
from app.domain.money import format_dollars, format_ndau
from app.domain.reasons import is_text
from app.store.reading.filters import SaleFilter
from app.store.reading.rows import SaleRow

router = APIRouter()

_COLUMNS = (
    "exchange",
    "fill_id",
    "order_id",
    "kind",
    "side",
    "quantity_ndau",
    "price_per_ndau",
    "price_currency",
    "fee",
    "executed_at_utc",
    "recorded_at_utc",
    "issuance_id",
    "issuance_state",
)


class Issued(StrEnum):
    """Whether sales are in a block."""

    YES = "yes"
    NO = "no"


@router.get("/sales")
def sales(request: Request, visitor: Looker, parts: Parts) -> Response:
    """Show fills, newest first."""
    number = parts.records.newest_event()
    found = listing(request, _wanted, parts.records.sales)
    return page(
        request,
        visitor,
        "sales.html",
        status=found.status,
        number=number,
        listing=found,
        exchanges=sorted(parts.settings.exchanges),
        kinds=list(FillKind),
        unit_at=lambda exchange: unit_at(parts, exchange),
    )


@router.get("/sales.csv")
def sales_file(request: Request, _visitor: Looker, parts: Parts) -> Response:
    """Download all fills that the filters let through."""
    wanted = _wanted(Inputs(request.query_params))
    return csv_file("sales", parts.clock.now(), _COLUMNS, _cells(parts, wanted))


@router.get("/sales/{exchange}/{fill_id:path}")
def sale(request: Request, visitor: Looker, parts: Parts, exchange: str, fill_id: str) -> Response:
    """Show a fill's whole story."""
    number = parts.records.newest_event()
    is_possible = is_text(exchange + fill_id) and len(fill_id) <= LONGEST_TEXT
    story = parts.records.story(exchange, fill_id) if is_possible else None
    if story is None:
        words = f"{exchange[:64]} has no fill {fill_id[:128]} in the ledger; the list of sales shows those there are."
        return page(request, visitor, "failure.html", status=404, title="No such fill", detail=words)
    return page(
        request,
        visitor,
        "sale.html",
        number=number,
        story=story,
        steps=timeline(story, unit_at(parts, exchange)),
        unit=unit_at(parts, exchange),
    )


def _wanted(inputs: Inputs) -> SaleFilter:
    issued = inputs.one_of("issued", Issued)
    return SaleFilter(
        exchange=inputs.text("exchange"),
        kind=inputs.one_of("kind", FillKind),
        is_issued=None if issued is None else issued is Issued.YES,
        since=inputs.moment("since"),
        until=inputs.moment("until"),
        order_id=inputs.text("order"),
        fill_id=inputs.text("fill"),
        issuance_id=inputs.whole("issuance"),
    )


def _cells(parts: Coordinator, wanted: SaleFilter) -> Iterator[tuple[object, ...]]:
    for row in parts.records.every_sale(wanted):
        yield _row(row, unit_at(parts, row.exchange))


def _row(row: SaleRow, unit: str) -> tuple[object, ...]:
    return (
        row.exchange,
        row.fill_id,
        row.exchange_order_id,
        row.kind,
        row.side,
        format_ndau(row.quantity_napu),
        format_dollars(row.price_nanocents),
        unit,
        row.fee,
        machine_moment(row.executed_at),
        machine_moment(row.recorded_at),
        row.issuance_id,
        row.issuance_state,
    )
