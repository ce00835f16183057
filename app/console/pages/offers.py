"""The list of offers, and the list as a file."""

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
from app.console.rendering import page
from app.domain.ledger import OfferState
from app.domain.money import format_dollars, format_ndau
from app.store.reading.filters import OfferFilter

router = APIRouter()

_COLUMNS = (
    "our_order_id",
    "exchange",
    "exchange_order_id",
    "state",
    "level",
    "quantity_ndau",
    "sold_ndau",
    "price_per_ndau",
    "price_currency",
    "target_price_usd",
    "decision",
    "intended_at_utc",
    "changed_at_utc",
)


@router.get("/offers")
def offers(request: Request, visitor: Looker, parts: Parts) -> Response:
    """Show offers, newest first; with a decision asked for, the decision too."""
    number = parts.records.newest_event()
    found = listing(request, _wanted, parts.records.offers)
    decision = None if found.problem else Inputs(request.query_params).whole("generation")
    return page(
        request,
        visitor,
        "offers.html",
        status=found.status,
        number=number,
        listing=found,
        exchanges=sorted(parts.settings.exchanges),
        states=list(OfferState),
        generation=parts.ledger.offers.generation(decision) if decision else None,
        unit_at=lambda exchange: unit_at(parts, exchange),
    )


@router.get("/offers.csv")
def offers_file(request: Request, _visitor: Looker, parts: Parts) -> Response:
    """Download all offers that the filters let through."""
    wanted = _wanted(Inputs(request.query_params))
    return csv_file("offers", parts.clock.now(), _COLUMNS, _cells(parts, wanted))


def _wanted(inputs: Inputs) -> OfferFilter:
    return OfferFilter(
        exchange=inputs.text("exchange"),
        state=inputs.one_of("state", OfferState),
        generation=inputs.whole("generation"),
        since=inputs.moment("since"),
        until=inputs.moment("until"),
    )


def _cells(parts: Coordinator, wanted: OfferFilter) -> Iterator[tuple[object, ...]]:
    for row in parts.records.every_offer(wanted):
        yield (
            row.client_order_id,
            row.exchange,
            row.exchange_order_id,
            row.state,
            row.level,
            format_ndau(row.quantity_napu),
            format_ndau(row.filled_napu),
            format_dollars(row.price_nanocents),
            unit_at(parts, row.exchange),
            None if row.target_nanocents is None else format_dollars(row.target_nanocents),
            row.generation,
            machine_moment(row.intended_at),
            machine_moment(row.changed_at),
        )
