import re
from uuid import UUID

import pytest

from app.domain.errors import InvalidInput
from app.domain.orders import is_our_client_order_id, new_client_order_id
from exchanges.ccxt.client_order_ids import AsUuids
from exchanges.ccxt.known import dialect_of, known_ids

# What each exchange documents of its field.
RULES = {
    "binance": r"[A-Za-z0-9_.:/-]{1,36}",
    "bitget": r"[A-Za-z0-9_-]{1,50}",
    "bybit": r"[A-Za-z0-9_-]{1,36}",
    "coinbase": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "gate": r"t-[0-9A-Za-z_.-]{1,28}",
    "kraken": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "kucoin": r"[A-Za-z0-9_-]{1,40}",
    "okx": r"[A-Za-z0-9]{1,32}",
}


def test_the_rules_of_every_exchange_are_known() -> None:
    assert set(RULES) == set(known_ids())


@pytest.mark.parametrize("exchange_id", RULES)
def test_our_ids_follow_an_exchanges_rules_and_come_back(exchange_id: str) -> None:
    wire_ids = dialect_of(exchange_id).wire_ids
    for _ in range(100):
        ours = new_client_order_id()
        assert re.fullmatch(RULES[exchange_id], wire_ids.written(ours))
        assert wire_ids.read(wire_ids.written(ours)) == ours


@pytest.mark.parametrize("exchange_id", RULES)
@pytest.mark.parametrize("text", [None, "", "web", "t-by-hand", "12345", "9bc1eb3b-5b46-4b71-9628-ae2ed0cca75b"])
def test_others_ids_are_never_taken_for_ours(exchange_id: str, text: str | None) -> None:
    assert not is_our_client_order_id(dialect_of(exchange_id).wire_ids.read(text))


def test_a_uuid_comes_back_however_it_is_written() -> None:
    ours = new_client_order_id()
    written = AsUuids().written(ours)
    assert AsUuids().read(UUID(written).hex) == AsUuids().read(written.upper()) == ours


def test_what_would_not_come_back_from_a_uuid_is_refused() -> None:
    with pytest.raises(InvalidInput, match="24 hexadecimal digits"):
        AsUuids().written("meic-by-hand")
