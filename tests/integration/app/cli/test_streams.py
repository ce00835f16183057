"""What `meic status` and `meic doctor` say of streams."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli.streams import check_streams, down_streams
from app.domain.errors import InvalidInput, Unavailable
from app.local.home import free_ports
from app.settings.loading import load_settings
from app.watching.board import StreamBoard
from app.watching.stream_state import StreamState
from tests.integration.app.cli.conftest import Meic
from tests.integration.exchanges.budgets.conftest import Valkey

SETTINGS = """
[broker]
url = "{broker}"

[exchanges.north]
driver = "ccxt"
id = "binance"
symbol = "NDAU/USDT"

[exchanges.south]
driver = "ccxt"
id = "binance"
symbol = "NDAU/USDT"
stream = false

[exchanges.west]
driver = "bitmart"
symbol = "NDAU_USDT"
"""
SINCE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def valkey(meic: Meic, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """The broker of a home whose exchange north may have a stream."""
    server = Valkey(tmp_path_factory.mktemp("valkey"), free_ports({"valkey": 0})["valkey"])
    server.start()
    (home / "meic.toml").write_text(SETTINGS.format(broker=server.url))
    assert meic("db", "upgrade").status == 0
    yield server
    server.kill()


def write(valkey: Valkey, state: StreamState) -> None:
    board = StreamBoard(valkey.url)
    board.write([state])
    board.close()


def test_a_stream_that_is_up_is_shown_with_its_age(meic: Meic, valkey: Valkey) -> None:
    state = StreamState("north", is_up=True, since=SINCE, reconnects=2)
    write(valkey, state)
    assert "stream of north up since 01-02 03:04:05, no event yet, 2 reconnects" in meic("status").out
    assert json.loads(meic("status", "--json").out)["streams"] == {"north": state.as_json()}
    assert check_streams(load_settings()) == "north up"
    assert down_streams(load_settings()) == []


def test_one_that_is_down_is_shown_with_the_reason_and_is_wrong_to_the_doctor(meic: Meic, valkey: Valkey) -> None:
    write(valkey, StreamState("north", is_up=False, since=SINCE, problem="the key [is] refused"))
    assert (
        "stream of north DOWN since 01-02 03:04:05, no event yet, 0 reconnects: the key [is] refused"
        in meic("status").out
    )
    (trouble,) = down_streams(load_settings())
    assert (trouble.exchange, trouble.since) == ("north", SINCE)
    with pytest.raises(InvalidInput, match=r"stream of north DOWN .*; it is polled, and connected again by itself"):
        check_streams(load_settings())


def test_one_that_nobody_watches_is_told_and_those_without_are_not(meic: Meic, valkey: Valkey) -> None:
    assert valkey.answers()
    assert [(each.exchange, each.since) for each in down_streams(load_settings())] == [("north", None)]
    said = meic("status").out
    assert "stream of north is not watched; polls go on" in said
    assert "south" not in said
    assert "west" not in said
    with pytest.raises(InvalidInput, match="nobody watches north; start `meic watch`"):
        check_streams(load_settings())


def test_without_the_broker_the_status_is_shown_all_the_same(meic: Meic, valkey: Valkey) -> None:
    valkey.kill()
    said = meic("status")
    assert said.status == 0
    assert "the states of streams cannot be read" in said.out
    assert json.loads(meic("status", "--json").out)["streams"] == {}
    with pytest.raises(Unavailable, match="cannot be read"):
        check_streams(load_settings())


def test_where_no_exchange_has_a_stream_nothing_is_asked(meic: Meic, home: Path) -> None:
    settings = SETTINGS.format(broker="redis://127.0.0.1:1/0").replace('driver = "ccxt"', 'driver = "bitmart"')
    (home / "meic.toml").write_text(settings)
    assert meic("db", "upgrade").status == 0
    assert "stream" not in meic("status").out
    assert check_streams(load_settings()) == "no exchange has one"
