"""Streams of every exchange that CCXT reaches, as the settings make them."""

import asyncio
import json
import socket
from contextlib import aclosing
from pathlib import Path

import pytest

from app.domain.errors import ExchangeUnavailable, InvalidInput
from exchanges import registry
from exchanges.ccxt.known import known_ids
from exchanges.ccxt.stream import CcxtStream
from exchanges.config import ExchangeConfig

SECONDS = 30.0
SECRETS = {"apiKey": "an-api-key-of-nobody", "secret": "YSBzZWNyZXQgb2Ygbm9ib2R5", "password": "a-passphrase-of-nobody"}


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "north.apikey.json"
    path.write_text(json.dumps(SECRETS))
    path.chmod(0o600)
    return path


def stream_of(exchange_id: str, key_file: Path) -> CcxtStream:
    """A stream of an exchange that is said to be where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        endpoint = f"http://127.0.0.1:{probe.getsockname()[1]}"
    stream = registry.build_stream(ExchangeConfig("north", "ccxt", "NDAU/USDT", key_file, endpoint, id=exchange_id))
    assert isinstance(stream, CcxtStream)
    return stream


@pytest.mark.parametrize("exchange_id", known_ids())
def test_each_has_a_stream_of_ours_at_the_endpoint_that_the_settings_name(exchange_id: str, key_file: Path) -> None:
    stream = stream_of(exchange_id, key_file)

    async def look() -> None:
        exchange = stream._make()
        assert exchange.has["watchMyTrades"] or exchange.has["watchOrders"]
        assert "wss://" not in json.dumps(exchange.urls["api"])
        await exchange.close()

    asyncio.run(look())


@pytest.mark.parametrize("exchange_id", known_ids())
def test_each_says_in_our_words_that_nobody_answers_and_names_no_secret(exchange_id: str, key_file: Path) -> None:
    stream = stream_of(exchange_id, key_file)

    async def listen() -> str:
        async with asyncio.timeout(SECONDS), aclosing(stream.events()) as events:
            with pytest.raises(ExchangeUnavailable, match="north: its stream is dead") as refused:
                await anext(events)
            return str(refused.value)

    said = asyncio.run(listen())
    assert not any(secret in said for secret in SECRETS.values())


def test_a_missing_key_file_is_told_when_it_is_built(tmp_path: Path) -> None:
    config = ExchangeConfig("north", "ccxt", "NDAU/USDT", tmp_path / "none.json", id="binance")
    with pytest.raises(InvalidInput, match=r"none\.json cannot be read"):
        registry.build_stream(config)
