"""A ledger with the history of a month: a million fills, as many offers, 300,000 issuances, and their audit trail."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, update

from app.domain.fills import FillKind, Side
from app.domain.money import NAPU_PER_NDAU
from app.domain.price_curve import BLOCK_NAPU, target_price
from app.store import tables
from app.store.columns import metadata
from app.store.database import Database
from app.store.day_totals import Sold, sums_by_day
from app.store.events import FIRST_HASH, event_hash
from app.store.seals import fills_seal, seal_text
from benchmarks.bulk import bulk, load

EXCHANGES = {"alpha": 40, "bravo": 25, "charlie": 15, "delta": 10, "echo": 6, "foxtrot": 3.9, "golf": 0.1}
"""And the share of each in what is sold, in percent."""

ISSUER = "ndaissuer"
_DAYS = 30
_FILLS_A_TURN, _LEVELS = 10 / 3, 3
_PAGE = 50_000

_Rows = list[tuple[Any, ...]]


@dataclass(slots=True)
class _World:
    """What has happened so far, and the rows of it that are not written yet."""

    turns: int
    waiting_turns: int
    end: datetime
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311  an example
    rows: dict[str, _Rows] = field(default_factory=dict)
    fills: int = 0
    offers: int = 0
    events: int = 0
    issued_napu: int = 0
    hash: str = FIRST_HASH
    sold: dict[str, list[Sold]] = field(default_factory=dict)
    orders: dict[str, list[str]] = field(default_factory=dict)


def fill_ledger(
    database: Database, *, fills: int = 1_000_000, waiting: int = 10_000, end: datetime | None = None
) -> None:
    """Write a month of history into an empty ledger, whole enough that its audit finds nothing.

    Args:
        database: upgraded.
        fills: about so many; offers are as many.
        waiting: about so many of the newest sales are in no issuance: a night without the chain.
        end: of the month, by default now.
    """
    turns = round(fills / _FILLS_A_TURN)
    world = _World(turns, round(waiting / _FILLS_A_TURN), end or datetime.now(UTC))
    with bulk(database) as connection:
        for turn in range(1, turns + 1):
            _take_turn(world, turn)
            if len(world.rows["event"]) > _PAGE:
                _write(connection, world)
        _write(connection, world)
        _finish(connection, world)


def _take_turn(world: _World, turn: int) -> None:
    """Sell on one exchange, issue it, decide anew, and offer there."""
    exchange = world.random.choices(list(EXCHANGES), list(EXCHANGES.values()))[0]
    begun = world.end - timedelta(days=_DAYS) * ((world.turns - turn) / world.turns) - timedelta(seconds=4)
    is_issued = turn <= world.turns - world.waiting_turns
    if turn > len(EXCHANGES):
        sold = _sell(world, turn, exchange, begun, is_issued=is_issued)
        if is_issued and sold:
            _issue(world, turn, sold, begun + timedelta(seconds=0.3))
    else:
        exchange = list(EXCHANGES)[turn - 1]
    _offer(world, turn, exchange, begun + timedelta(seconds=1.5))


def _sell(world: _World, turn: int, exchange: str, at: datetime, *, is_issued: bool) -> int:
    recorded_at, rows = at + timedelta(seconds=0.2), []
    for _ in range(4 if turn % 3 == 0 else 3):
        world.fills += 1
        kind = _kind(world.fills, is_recent=turn > world.turns * 0.99)
        quantity = world.random.randrange(NAPU_PER_NDAU // 10, 4 * NAPU_PER_NDAU)
        order = world.orders[exchange][0] if kind is FillKind.SALE else f"stranger-{world.fills}"
        fee = {"n": world.fills, "order": order, "role": "maker"}
        row = {
            "exchange": exchange,
            "fill_id": str(10**9 + world.fills),
            "exchange_order_id": order,
            "side": Side.BUY if kind is FillKind.OTHER else Side.SELL,
            "price_nanocents": target_price(world.issued_napu),
            "quantity_napu": quantity,
            "fee": "0.01",
            "executed_at": at + timedelta(milliseconds=world.random.randrange(150)),
            "recorded_at": recorded_at,
            "raw": json.dumps(fee | {"padding": "x" * 150}),
            "kind": kind,
            "issuance_id": turn if is_issued and kind is FillKind.SALE else None,
        }
        rows.append(row)
    sales = [row for row in rows if row["kind"] is FillKind.SALE]
    sold = [_sold(row) for row in sales]
    world.sold.setdefault(exchange, []).extend(sold)
    world.rows.setdefault("fill", []).extend(tuple(row.values()) for row in rows)
    total = sum(sale.quantity_napu for sale in sold)
    numbers = {"fills": len(rows), "sales": len(sales), "sold_napu": total, "unclaimed": 0}
    _tell(world, recorded_at, "FillsRecorded", exchange, numbers | {"seal": seal_text(fills_seal(rows))})
    return total


def _sold(row: Mapping[str, Any]) -> Sold:
    return Sold(row["executed_at"], row["quantity_napu"], row["price_nanocents"])


def _kind(number: int, *, is_recent: bool) -> FillKind:
    if number % 40 == 7:  # noqa: PLR2004  one in so many
        return FillKind.OTHER
    if number % 1000 == 13:  # noqa: PLR2004
        return FillKind.UNCLAIMED if is_recent else FillKind.DISMISSED
    return FillKind.SALE


def _issue(world: _World, turn: int, quantity: int, at: datetime) -> None:
    is_last = turn == world.turns - world.waiting_turns
    tx_hash = sha256(str(turn).encode()).hexdigest()
    detail = {"sequence": turn, "quantity_napu": quantity, "tx_hash": tx_hash}
    _tell(world, at, "IssuancePrepared", str(turn), detail)
    for number, state in enumerate(("signed", "submitted", "issued")[: 2 if is_last else 3], 1):
        message = {"block_height": None, "message": ""}
        _tell(world, at + timedelta(seconds=number / 10), f"Issuance{state.capitalize()}", str(turn), message)
    height, changed_at = (None, "submitted") if is_last else (turn, "issued"), at + timedelta(seconds=0.3)
    row = (turn, ISSUER, turn, quantity, tx_hash, "[]", height[1], height[0], at, changed_at, "")
    world.rows.setdefault("issuance", []).append(row)
    world.issued_napu += quantity


def _offer(world: _World, turn: int, exchange: str, at: datetime) -> None:
    decided = {"issued_napu": world.issued_napu, "pending_napu": 0, "why": "sold"}
    price = target_price(world.issued_napu)
    stack = json.dumps([[price, BLOCK_NAPU]])
    row = (turn, world.issued_napu, 0, world.issued_napu, 0, stack, "sold", at)
    world.rows.setdefault("generation", []).append(row)
    _tell(world, at, "GenerationDecided", str(turn), decided)
    intended_at = at + timedelta(seconds=0.1)
    placed, orders = [], []
    for level in range(_LEVELS + (turn % 3 == 0)):
        world.offers += 1
        offer_id, order_id = f"meic{sha256(str(world.offers).encode()).hexdigest()[:24]}", f"order-{world.offers}"
        is_refused, is_lost = world.offers % 300 == 5, world.offers % 5000 == 6  # noqa: PLR2004  one in so many
        is_live = turn > world.turns - len(EXCHANGES)
        state = "refused" if is_refused else "lost" if is_lost else "open" if is_live else "closed"
        offer = (
            offer_id,
            exchange,
            level,
            price,
            BLOCK_NAPU,
            turn,
            order_id,
            state,
            0,
            price,
            intended_at,
            intended_at,
        )
        world.rows.setdefault("offer", []).append(offer)
        placed.append([offer_id, price, BLOCK_NAPU, price])
        orders.append(order_id)
    world.orders[exchange] = orders
    _tell(world, intended_at, "OffersIntended", exchange, {"generation": turn, "offers": placed})
    settled = [[offer[0], "open", order] for offer, order in zip(placed, orders, strict=True)]
    _tell(world, at + timedelta(seconds=0.4), "OffersSettled", exchange, {"offers": settled, "claimed_napu": 0})
    if turn % 1000 == 0:
        _tell(world, at + timedelta(seconds=0.5), "ExchangeDown", exchange, {"who": "breaker", "why": "no answer"})


def _tell(world: _World, at: datetime, kind: str, subject: str, detail: dict[str, Any]) -> None:
    world.events += 1
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    seal = event_hash(world.hash, world.events, at, kind=kind, subject=subject, detail=text)
    world.rows.setdefault("event", []).append((world.events, at, kind, subject, text, world.hash, seal))
    world.hash = seal


_COLUMNS = {
    "generation": ("number", "issued_napu", "pending_napu", "sold_napu", "foreign_napu", "stack", "why", "decided_at"),
    "issuance": ("id", "issuer_address", "sequence", "quantity_napu", "tx_hash", "signatures", "state", "block_height",
                 "prepared_at", "changed_at", "message"),
    "fill": tuple(column.name for column in tables.fill.c),
    "offer": tuple(column.name for column in tables.offer.c),
    "event": tuple(column.name for column in tables.event.c),
}  # fmt: skip


def _write(connection: Connection, world: _World) -> None:
    for name, columns in _COLUMNS.items():
        load(connection, metadata.tables[name], columns, world.rows.pop(name, []))
    world.rows["event"] = []


def _finish(connection: Connection, world: _World) -> None:
    """Write what is one row an exchange or a day."""
    for table, rows in _summaries(world):
        load(connection, table, [column.name for column in table.c], rows)
    if connection.dialect.name == "postgresql":
        for name, key in (("generation", "number"), ("issuance", "id")):
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', '{key}'), {world.turns})")
    connection.execute(update(tables.event_head).values(number=world.events, hash=world.hash))


def _summaries(world: _World) -> Iterator[tuple[Table, _Rows]]:
    sold = {exchange: sum(sale.quantity_napu for sale in sales) for exchange, sales in world.sold.items()}
    yield tables.cursor, [(name, "p", quantity, world.end) for name, quantity in sold.items()]
    yield tables.publication, [(name, world.turns, world.turns, world.end, "") for name in EXCHANGES]
    yield tables.account, [(ISSUER, 0, 0, world.turns, None)]
    days = ((name, *each) for name, sales in world.sold.items() for each in sums_by_day(sales).items())
    yield tables.day_total, [(name, day.isoformat(), s.sales, s.sold_napu, str(s.proceeds)) for name, day, s in days]
