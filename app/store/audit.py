"""Whether the ledger still says what was written into it: the audit trail against itself, and the tables against it."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from app.domain.errors import InvalidInput
from app.domain.fills import FillKind
from app.domain.issuances import IssuanceState
from app.store import tables
from app.store.day_totals import Sold, Sum, sums_by_day
from app.store.event_chain import ChainEnd, verify_events
from app.store.seals import add_seals, fills_seal, seal_text

_PAGE = 5_000
_event, _fill, _issuance, _offer, _halt = tables.event, tables.fill, tables.issuance, tables.offer, tables.halt
_generation, _foreign = tables.generation, tables.foreign_issue

_Key = tuple[str, datetime]


@dataclass(slots=True)
class _Told:
    """What the events say the tables must hold."""

    fills: dict[_Key, list[tuple[int, str | None]]] = field(default_factory=lambda: defaultdict(list))
    issuances: dict[int, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    offers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    generations: dict[int, dict[str, Any]] = field(default_factory=dict)
    foreign: dict[str, int] = field(default_factory=dict)
    halts: list[tuple[str, str, str]] = field(default_factory=list)


def find_alterations(connection: Connection) -> tuple[ChainEnd | None, list[str]]:
    """Compare the whole ledger with its audit trail.

    Returns:
        The end of the chain of events, None when the chain itself is broken, and one sentence for each row or group of
        rows that is not what was written. Fills that an earlier release recorded are not sealed; only their number is
        compared.
    """
    try:
        end = verify_events(connection)
    except InvalidInput as error:
        return None, [str(error)]
    told = _told(connection)
    checks = (_fills, _issuances, _sums, _sold, _days, _offers, _generations, _foreign_issues, _halts)
    return end, [problem for check in checks for problem in check(connection, told)]


def _told(connection: Connection) -> _Told:
    told = _Told()
    events = select(_event.c.at, _event.c.kind, _event.c.subject, _event.c.detail).order_by(_event.c.number)
    for row in connection.execute(events.execution_options(yield_per=_PAGE)):
        _note(told, row.at, row.kind, row.subject, json.loads(row.detail))
    return told


def _note(told: _Told, at: datetime, kind: str, subject: str, detail: dict[str, Any]) -> None:
    if kind == "FillsRecorded":
        told.fills[subject, at].append((detail["fills"], detail.get("seal")))
    elif kind in {"IssuancePrepared", "IssuanceLearned"}:
        told.issuances[detail["sequence"]] = detail
        if kind == "IssuancePrepared":
            told.states[subject] = IssuanceState.PREPARED
    elif kind.startswith("Issuance") and (state := kind.removeprefix("Issuance").lower()) in set(IssuanceState):
        told.states[subject] = state
    elif kind == "OffersIntended":
        # Those of releases before the target price was recorded are a value shorter.
        told.offers |= {offer: (price, quantity, *target) for offer, price, quantity, *target in detail["offers"]}
    elif kind == "GenerationDecided":
        told.generations[int(subject)] = detail
    elif kind == "ForeignIssueFound":
        told.foreign[subject] = detail["quantity_napu"]
    elif kind == "Halted":
        told.halts.append((detail["scope"], detail["who"], detail["why"]))


def _fills(connection: Connection, told: _Told) -> Iterator[str]:
    rows = connection.execute(
        select(_fill).order_by(_fill.c.exchange, _fill.c.recorded_at).execution_options(yield_per=_PAGE)
    ).mappings()
    for (exchange, at), group in groupby(rows, key=lambda row: (row["exchange"], row["recorded_at"])):
        recorded = [dict(row) for row in group]
        count, seals = _expected(told.fills.pop((exchange, at), []))
        if count != len(recorded):
            yield f"{exchange}: {len(recorded)} fills were recorded at {at.isoformat()}; the audit trail says {count}"
        elif seals is not None and seal_text(seals) != seal_text(fills_seal(recorded)):
            yield f"{exchange}: one of the {count} fills recorded at {at.isoformat()} was altered"
    for (exchange, at), parts in told.fills.items():
        if count := _expected(parts)[0]:
            yield f"{exchange}: {count} fills recorded at {at.isoformat()} are missing"


def _expected(parts: list[tuple[int, str | None]]) -> tuple[int, int | None]:
    seals = [int(seal, 16) for _, seal in parts if seal is not None]
    is_sealed = len(seals) == len(parts)
    return sum(count for count, _ in parts), add_seals(*seals) if is_sealed else None


def _issuances(connection: Connection, told: _Told) -> Iterator[str]:
    seen = set()
    for row in connection.execute(select(_issuance)).mappings():
        seen.add(row["sequence"])
        detail = told.issuances.get(row["sequence"])
        if detail is None:
            yield f"issuance {row['id']} (sequence {row['sequence']}) is not in the audit trail"
            continue
        for name in ("quantity_napu", "tx_hash"):
            if row[name] != detail[name]:
                yield f"issuance {row['id']}: {name} is {row[name]}; the audit trail says {detail[name]}"
        state = told.states.get(str(row["id"]), detail.get("state"))
        if row["state"] != state:
            yield f"issuance {row['id']} is {row['state']}; the audit trail says {state}"
    for sequence in sorted(told.issuances.keys() - seen):
        yield f"the issuance with sequence {sequence} is missing"


def _sums(connection: Connection, _told: _Told) -> Iterator[str]:
    sums = (
        select(
            _issuance.c.id, _issuance.c.quantity_napu, func.coalesce(func.sum(_fill.c.quantity_napu), 0).label("sales")
        )
        .join_from(_issuance, _fill, _fill.c.issuance_id == _issuance.c.id, isouter=True)
        .where(
            _issuance.c.state != IssuanceState.VOID,
            _issuance.c.learned_at.is_(None) | _issuance.c.explained_at.is_not(None),
        )
        .group_by(_issuance.c.id, _issuance.c.quantity_napu)
    )
    for row in connection.execute(sums):
        if row.quantity_napu != row.sales:
            yield f"issuance {row.id} is of {row.quantity_napu} napu; the sales tied to it are {row.sales}"


def _sold(connection: Connection, _told: _Told) -> Iterator[str]:
    sales = select(func.sum(_fill.c.quantity_napu)).where(
        _fill.c.exchange == tables.cursor.c.exchange, _fill.c.kind == FillKind.SALE
    )
    sums = select(
        tables.cursor.c.exchange, tables.cursor.c.sold_napu, func.coalesce(sales.scalar_subquery(), 0).label("sales")
    )
    for row in connection.execute(sums):
        if row.sold_napu != row.sales:
            yield f"{row.exchange}: {row.sold_napu} napu are noted as sold; its sales add up to {row.sales}"


def _days(connection: Connection, _told: _Told) -> Iterator[str]:
    totals: dict[str, dict[date, Sum]] = defaultdict(dict)
    for row in connection.execute(select(tables.day_total)):
        totals[row.exchange][row.day] = Sum(row.sales, row.sold_napu, int(row.proceeds))
    known = connection.execute(select(tables.cursor.c.exchange)).scalars().all()
    for exchange in sorted(totals.keys() | set(known)):
        sales = select(_fill.c.executed_at, _fill.c.quantity_napu, _fill.c.price_nanocents).where(
            _fill.c.exchange == exchange, _fill.c.kind == FillKind.SALE
        )
        days = sums_by_day(Sold(*row) for row in connection.execute(sales.execution_options(yield_per=_PAGE)))
        for day in sorted(days.keys() | totals[exchange].keys()):
            if days.get(day, Sum()) != totals[exchange].get(day, Sum()):
                yield f"{exchange}: the total of {day} is not what the sales of that day add up to"


def _offers(connection: Connection, told: _Told) -> Iterator[str]:
    columns = (
        _offer.c.client_order_id,
        _offer.c.price_nanocents,
        _offer.c.quantity_napu,
        _offer.c.target_nanocents,
    )
    for row in connection.execute(select(*columns).execution_options(yield_per=_PAGE)):
        # One that was adopted has an event that names the exchange's order only.
        expected = told.offers.pop(row.client_order_id, None)
        found = (row.price_nanocents, row.quantity_napu, row.target_nanocents)
        if expected is not None and expected != found[: len(expected)]:
            yield f"offer {row.client_order_id} is not what was decided: {row.quantity_napu} napu at {row.price_nanocents} nanocents"
    for offer in told.offers:
        yield f"offer {offer} is missing"


def _generations(connection: Connection, told: _Told) -> Iterator[str]:
    for row in connection.execute(select(_generation)).mappings():
        detail = told.generations.pop(row["number"], None)
        if detail is None:
            yield f"generation {row['number']} is not in the audit trail"
        elif any(row[name] != detail[name] for name in ("issued_napu", "pending_napu", "why")):
            yield f"generation {row['number']} is not what was decided"
    for number in told.generations:
        yield f"generation {number} is missing"


def _foreign_issues(connection: Connection, told: _Told) -> Iterator[str]:
    found = {row.tx_hash: row.quantity_napu for row in connection.execute(select(_foreign))}
    for tx_hash in sorted(found.keys() | told.foreign.keys()):
        if found.get(tx_hash) != told.foreign.get(tx_hash):
            yield f"the foreign Issue {tx_hash} is not what was found"


def _halts(connection: Connection, told: _Told) -> Iterator[str]:
    rows = connection.execute(select(_halt.c.scope, _halt.c.who, _halt.c.why).order_by(_halt.c.id))
    if [tuple(row) for row in rows] != told.halts:
        yield "the halts are not those of the audit trail"
