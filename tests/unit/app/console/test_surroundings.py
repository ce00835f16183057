import socket
from collections.abc import Iterator
from time import monotonic

import pytest
from pydantic import SecretStr

from app.console.surroundings import ANSWER_SECONDS, Horizon
from app.settings.exchanges import ExchangeSettings
from app.settings.sections import BrokerSettings
from app.settings.settings import Settings


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Somebody who takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://:hidden@127.0.0.1:{server.getsockname()[1]}/0"


def test_a_valkey_that_hangs_holds_a_page_up_for_a_moment_and_then_not_at_all(silent_url: str) -> None:
    north = ExchangeSettings(driver="ccxt", id="binance", symbol="NDAU/USDT")
    horizon = Horizon(Settings(broker=BrokerSettings(url=SecretStr(silent_url)), exchanges={"north": north}))
    began = monotonic()
    around = horizon.look()
    assert monotonic() - began < 2, "and not for as long as commands wait"
    assert around.problem
    assert "hidden" not in around.problem
    assert around.may_stream == {"north"}
    began = monotonic()
    assert horizon.look().problem == around.problem
    assert monotonic() - began < ANSWER_SECONDS
