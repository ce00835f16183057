"""A ledger with some of everything, written straight into its tables, many rows at the same moment."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, update

from app.domain.fills import FillKind, Side
from app.domain.issuances import IssuanceState
from app.domain.ledger import OfferState
from app.store import tables
from app.store.database import Database

START = datetime(2026, 3, 1, 22, tzinfo=UTC)
EXCHANGES = ("north", "south", "east_2")
# What a locale would order otherwise: by letters first.
FILL_IDS = ("a-{}", "B-{}", "b{}", "_{}", "\N{LATIN SMALL LETTER E WITH ACUTE}{}")


def fill_the_ledger(database: Database, times: int = 1) -> None:
    """Write 30 issuances, 40 generations, 200 offers, 400 fills and 300 events; or so many times as many."""
    chance = random.Random(20260301)  # noqa: S311  an example
    issuances = [_issuance(number, 30 * times) for number in range(1, 30 * times + 1)]
    with database.write("a ledger to read") as connection:
        connection.execute(insert(tables.generation), [_generation(number) for number in range(1, 40 * times + 1)])
        connection.execute(insert(tables.issuance), issuances)
        connection.execute(insert(tables.offer), [_offer(chance, number) for number in range(200 * times)])
        connection.execute(insert(tables.fill), [_fill(chance, number, issuances) for number in range(400 * times)])
        cursors = [{"exchange": name, "position": "p", "sold_napu": 1, "read_at": START} for name in EXCHANGES]
        connection.execute(insert(tables.cursor), cursors)
        _add_events(connection, chance, 300 * times)


def at(number: int) -> datetime:
    """Return one of the moments at which everything happens."""
    return START + timedelta(minutes=10 * number)


def _generation(number: int) -> dict[str, Any]:
    numbers = {"issued_napu": number, "pending_napu": 0, "sold_napu": 0, "foreign_napu": 0}
    return {"number": number, "stack": [[1, 1]], "why": "x", "decided_at": at(number // 2)} | numbers


def _issuance(number: int, last: int) -> dict[str, Any]:
    state = IssuanceState.SUBMITTED if number == last else IssuanceState.ISSUED
    if number % 7 == 0:
        state = IssuanceState.VOID
    return {
        "id": number,
        "issuer_address": "nde",
        "sequence": 100 + number,
        "quantity_napu": number,
        "tx_hash": f"hash{number}",
        "signatures": [],
        "state": state,
        "prepared_at": at(number // 3),
        "changed_at": at(number // 3 + 1),
        "message": "",
    }


def _offer(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "client_order_id": f"meic{chance.randrange(10**9)}",
        "exchange": chance.choice(EXCHANGES),
        "level": number % 3,
        "price_nanocents": 10**11,
        "quantity_napu": 1000,
        "generation": 1 + number // 5,
        "exchange_order_id": f"order{number}",
        "state": chance.choice([*OfferState, OfferState.CLOSED, OfferState.CLOSED]),
        "filled_napu": 0,
        "target_nanocents": None,
        "intended_at": at(number // 9),
        "changed_at": at(number // 9),
    }


def _fill(chance: random.Random, number: int, issuances: list[dict[str, Any]]) -> dict[str, Any]:
    kind = chance.choice([*FillKind, FillKind.SALE, FillKind.SALE])
    settled = [each["id"] for each in issuances if each["state"] is not IssuanceState.VOID]
    return {
        "exchange": chance.choice(EXCHANGES),
        "fill_id": chance.choice(FILL_IDS).format(number),
        "exchange_order_id": f"order{chance.randrange(60 + number // 7)}",
        "side": Side.BUY if kind is FillKind.OTHER else Side.SELL,
        "price_nanocents": 10**11 + number,
        "quantity_napu": 1 + number,
        "fee": "0",
        "executed_at": at(number // 30) - timedelta(seconds=chance.randrange(4)),
        "recorded_at": at(number // 30),
        "raw": "{}",
        "kind": kind,
        "issuance_id": chance.choice([None, *settled]) if kind is FillKind.SALE else None,
    }


def _add_events(connection: Connection, chance: random.Random, count: int) -> None:
    subjects = {"Halted": EXCHANGES, "OffersIntended": EXCHANGES, "IssuanceIssued": ("1", "2", "3")}
    rows = []
    for number in range(1, count + 1):
        kind = chance.choice(list(subjects))
        moment = at(number // 10) + timedelta(seconds=chance.randrange(300))  # not in the order of the numbers
        row = {"number": number, "at": moment, "kind": kind, "subject": chance.choice(subjects[kind])}
        rows.append(row | {"detail": "{}", "previous_hash": "0", "hash": "1"})
    connection.execute(insert(tables.event), rows)
    connection.execute(update(tables.event_head).values(number=count))
