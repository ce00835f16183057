import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from exchanges import bitmart
from exchanges.bitmart.ots import BitmartOts
from exchanges.config import ExchangeConfig
from tests.integration.exchanges.scripted_exchange import ScriptedExchange, scripted_exchange

KEY = {"access": "6591f7c2491db0a23a1d8ad6911c825e", "secret": "8c08d9d5c3d15b105dbddaf96e427ac6", "memo": "mymemo"}


@pytest.fixture
def exchange() -> Iterator[ScriptedExchange]:
    with scripted_exchange() as server:
        yield server


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "north.apikey.json"
    path.write_text(json.dumps(KEY))
    path.chmod(0o600)
    return path


@pytest.fixture
def build(key_file: Path) -> Iterator[Callable[[str], BitmartOts]]:
    """Build an exchange at an endpoint; its connections are closed after the test."""
    with ExitStack() as stack:

        def build_at(endpoint: str) -> BitmartOts:
            config = ExchangeConfig("north", "bitmart", "NDAU_USDT", key_file, endpoint, timeout_seconds=0.5)
            ots = bitmart.build(config)
            stack.callback(ots.close)
            return ots

        yield build_at


@pytest.fixture
def ots(exchange: ScriptedExchange, build: Callable[[str], BitmartOts]) -> BitmartOts:
    return build(exchange.endpoint)
