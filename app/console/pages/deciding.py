"""Claim or dismiss unclaimed sells, and have an issuance resolved: a reason, a confirmation, and an event for each."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi import Form as Sent
from starlette.requests import Request
from starlette.responses import Response

from app.bootstrap import Coordinator
from app.console import acting
from app.console.figures import ndau, price
from app.console.pages.actions import Text
from app.console.pages.forms import Entered, Form, act, ask
from app.console.pages.given import Parts, unit_at
from app.console.visiting import Visitor, may
from app.domain.access import Action
from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.domain.reasons import is_text
from app.store.reading.filters import SaleFilter

router = APIRouter(prefix="/actions")

Asked = Annotated[list[str], Query()]
Chosen = Annotated[list[str], Sent()]
Claimer = Annotated[Visitor, Depends(may(Action.CLAIM))]
Dismisser = Annotated[Visitor, Depends(may(Action.DISMISS))]
Resolver = Annotated[Visitor, Depends(may(Action.RESOLVE))]
Decide = Callable[[Coordinator, str, str, Sequence[str], str], str]

_MOST_FILLS = 100
_LIST = "/sales?kind=unclaimed"


@router.get("/claim")
def ask_claim(request: Request, visitor: Claimer, parts: Parts, fill: Asked = []) -> Response:  # noqa: B006  FastAPI copies it
    """Ask whether sells are target price sales."""
    return ask(request, visitor, _claim(parts, fill))


@router.post("/claim")
def claim(
    request: Request,
    visitor: Claimer,
    parts: Parts,
    *,
    fill: Chosen = [],  # noqa: B006  FastAPI copies it
    why: Text = "",
    confirmed: Text = "",
) -> Response:
    """Make sells target price sales."""
    deed = _deed(acting.claim, parts, visitor.name, fill)
    return act(request, visitor, _claim(parts, fill), Entered(why, confirmed), deed=deed, then=_then(fill))


@router.get("/dismiss")
def ask_dismiss(request: Request, visitor: Dismisser, parts: Parts, fill: Asked = []) -> Response:  # noqa: B006  as above
    """Ask whether sells are none of ours."""
    return ask(request, visitor, _dismiss(parts, fill))


@router.post("/dismiss")
def dismiss(
    request: Request,
    visitor: Dismisser,
    parts: Parts,
    *,
    fill: Chosen = [],  # noqa: B006  FastAPI copies it
    why: Text = "",
    confirmed: Text = "",
) -> Response:
    """Say that sells are no sales."""
    deed = _deed(acting.dismiss, parts, visitor.name, fill)
    return act(request, visitor, _dismiss(parts, fill), Entered(why, confirmed), deed=deed, then=_then(fill))


@router.get("/resolve")
def ask_resolve(request: Request, visitor: Resolver, parts: Parts, issuance: str = "") -> Response:
    """Ask whether an issuance is to be looked at."""
    return ask(request, visitor, _resolve(parts, issuance))


@router.post("/resolve")
def resolve(
    request: Request, visitor: Resolver, parts: Parts, *, issuance: Text = "", why: Text = "", confirmed: Text = ""
) -> Response:
    """Have the issuer settle an issuance on proof from the chain."""

    def deed(reason: str) -> str:
        return acting.resolve(parts, visitor.name, _number(issuance), reason)

    then = f"/issuances/{quote(issuance)}"
    return act(request, visitor, _resolve(parts, issuance), Entered(why, confirmed), deed=deed, then=then)


def _claim(parts: Coordinator, chosen: Sequence[str]) -> Form:
    return Form(
        title="Claim sells as sales",
        address="/actions/claim",
        back=_LIST,
        button="Claim",
        confirmation="These are target price sales: issue them",
        says=(
            "They become target price sales and are issued on the chain like any other, once.",
            "The target price rises by them, and the offers on every exchange follow.",
            "Once they are in an issuance this cannot be taken back.",
        ),
        facts=tuple(_facts(parts, chosen)),
        hidden=tuple(("fill", each) for each in chosen),
    )


def _dismiss(parts: Coordinator, chosen: Sequence[str]) -> Form:
    return Form(
        title="Dismiss sells",
        address="/actions/dismiss",
        back=_LIST,
        button="Dismiss",
        confirmation="These are no target price sales: never issue them",
        says=(
            "They are not issued, and wait no longer.",
            "It can be taken back by claiming them later.",
        ),
        facts=tuple(_facts(parts, chosen)),
        hidden=tuple(("fill", each) for each in chosen),
    )


def _resolve(parts: Coordinator, issuance: str) -> Form:
    try:
        found = parts.ledger.issuances.find(_number(issuance))
    except InvalidInput:
        found = None
    if found is None:
        raise InvalidInput(f"there is no issuance {issuance[:32]!r}; expected the number of one that is in the ledger")
    facts = (
        ("issuance", str(found.id)),
        ("state", str(found.state)),
        ("quantity", f"{ndau(found.quantity_napu)} ndau"),
        ("sequence", str(found.sequence)),
        ("transaction", found.tx_hash),
        ("last words about it", found.message),
    )
    return Form(
        title=f"Resolve issuance {found.id}",
        address="/actions/resolve",
        back=f"/issuances/{found.id}",
        button="Resolve",
        confirmation="Have the issuer look, and settle it if the chain proves how it ended",
        says=(
            "The issuer asks the chain for the transaction's hash and its sequence, and the signing service what it signed.",
            "It is settled as issued or void only on proof; without proof nothing changes, and the answer says what is missing.",
            "The answer is among the issuance's events some seconds later.",
        ),
        facts=tuple((name, value) for name, value in facts if value),
        hidden=(("issuance", str(found.id)),),
    )


def _deed(decide: Decide, parts: Coordinator, who: str, chosen: Sequence[str]) -> Callable[[str], str]:
    def deed(why: str) -> str:
        said: list[str] = []
        for exchange, fill_ids in _by_exchange(chosen):
            try:
                said.append(decide(parts, who, exchange, fill_ids, why))
            except InvalidInput as error:
                raise InvalidInput("; ".join([*said, str(error)])) from error
        return "; ".join(said)

    return deed


def _facts(parts: Coordinator, chosen: Sequence[str]) -> Iterator[tuple[str, str]]:
    for exchange, fill_ids in _by_exchange(chosen):
        for fill_id in fill_ids:
            found = parts.records.sales(SaleFilter(exchange=exchange, fill_id=fill_id), limit=1).rows
            if not found:
                raise InvalidInput(
                    f"{exchange[:64]} has no fill {fill_id[:128]} in the ledger; choose from the list of sales"
                )
            sale = found[0]
            words = f"{ndau(sale.quantity_napu)} ndau at {price(sale.price_nanocents)} {unit_at(parts, exchange)}"
            yield f"{exchange} {fill_id}", f"{words}, {sale.executed_at:%Y-%m-%d %H:%M:%S} UTC, now {sale.kind}"


def _by_exchange(chosen: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Tell exchanges and fills apart: no exchange's name holds a slash, whatever its fills' ids do.

    Raises:
        InvalidInput: none was chosen, or too many, or one is no such pair.
    """
    pairs = sorted({(exchange, fill_id) for exchange, _, fill_id in (each.partition("/") for each in chosen)})
    if not 0 < len(pairs) <= _MOST_FILLS or not all(
        fill_id and is_text(exchange + fill_id) for exchange, fill_id in pairs
    ):
        raise InvalidInput(f"{len(pairs)} fills are chosen; expected 1 to {_MOST_FILLS}, chosen in the list of sales")
    for exchange, group in groupby(pairs, key=lambda pair: pair[0]):
        yield exchange, [fill_id for _, fill_id in group]


def _then(chosen: Sequence[str]) -> str:
    return f"/sales/{quote(chosen[0])}" if len(chosen) == 1 else _LIST


def _number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0  # noqa: PLR2004  digits of 64 bits
    if not 0 < number <= MAX_AMOUNT:
        raise InvalidInput(f"the issuance is {text[:32]!r}; expected the number of one that is in the ledger")
    return number
