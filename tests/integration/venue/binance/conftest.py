"""A real venue process with a Binance gateway, and unmodified CCXT clients that believe it is Binance."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager, closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.integration.venue.conftest import VenueProcess
from venue.binance_client import BinanceTraderClient
from venue.config import AccountConfig, Config, FeesConfig, LimitsConfig, MarketConfig, VenueConfig, write

# By name, because they ship no types.
ccxt: Any = import_module("ccxt")
ccxt_async: Any = import_module("ccxt.async_support")
ccxt_pro: Any = import_module("ccxt.pro")

SYMBOL = "NDAU/USDT"
DEADLINE_SECONDS = 20
ACCOUNTS = (
    AccountConfig(
        id="issuer",
        access="issuer-key",
        secret=SecretStr("issuer-secret"),
        deposits={"NDAU": "1000000", "USDT": "5000"},
    ),
    AccountConfig(id="buyer", access="buyer-key", secret=SecretStr("buyer-secret"), deposits={"USDT": "1000000"}),
    AccountConfig(
        id="auditor", access="auditor-key", secret=SecretStr("auditor-secret"), permissions=frozenset({"read"})
    ),
)

Prepare = Callable[..., VenueProcess]
Exchange = Any
"""A CCXT client; its types say little."""


@pytest.fixture
def prepare(tmp_path: Path, stack: ExitStack) -> Prepare:
    def prepare(limits: LimitsConfig | None = None, *, port: int = 0) -> VenueProcess:
        markets = (
            MarketConfig(
                base="NDAU",
                quote="USDT",
                price_tick="0.01",
                quantity_step="0.01",
                minimum_quantity="0.1",
                minimum_notional="1",
            ),
            MarketConfig(base="NDAU", quote="BTC", price_tick="0.00001", quantity_step="0.1", minimum_quantity="0.1"),
        )
        venue = VenueConfig(
            name="north",
            port=port,
            state_directory=Path("north"),
            markets=markets,
            accounts=ACCOUNTS,
            gateway="binance",
            fees=FeesConfig(maker_millionths=1000, taker_millionths=2000),
            limits=limits or LimitsConfig(),
        )
        path = tmp_path / "venues.json"
        write(path, Config(venues=(venue,)))
        process = VenueProcess(path)
        stack.callback(process.close)
        return process

    return prepare


@pytest.fixture
def venue(prepare: Prepare) -> VenueProcess:
    process = prepare()
    process.start()
    return process


@pytest.fixture
def endpoint(venue: VenueProcess) -> str:
    return venue.endpoints["north"]


def keys(account: str, **others: Any) -> dict[str, Any]:
    return {"apiKey": f"{account}-key", "secret": f"{account}-secret", "enableRateLimit": False} | others


def pointed(exchange: Exchange, endpoint: str) -> Exchange:
    """Send a client to a venue: only its addresses change, and that it asks for spot markets."""
    for name, url in exchange.urls["api"].items():
        if isinstance(url, str):
            exchange.urls["api"][name] = endpoint + "/" + url.split("/", 3)[3]
    sockets = exchange.urls["api"].get("ws")
    if sockets:
        base = endpoint.replace("http", "ws", 1)
        sockets["spot"], sockets["ws-api"]["spot"] = f"{base}/ws", f"{base}/ws-api/v3"
    exchange.options["fetchMarkets"] = {"types": ["spot"]}
    # Numbers as text: CCXT's floats lose digits.
    exchange.number = str
    return exchange


@pytest.fixture
def client(stack: ExitStack) -> Callable[..., Exchange]:
    """A synchronous CCXT client."""

    def client(endpoint: str, account: str = "", **others: Any) -> Exchange:
        exchange = pointed(ccxt.binance(keys(account, **others) if account else {}), endpoint)
        stack.enter_context(closing(exchange.session))
        return exchange

    return client


@pytest.fixture
def issuer(client: Callable[..., Exchange], endpoint: str) -> Exchange:
    return client(endpoint, "issuer")


@pytest.fixture
def buyer(client: Callable[..., Exchange], endpoint: str) -> Exchange:
    return client(endpoint, "buyer")


@pytest.fixture
def own_client(stack: ExitStack) -> Callable[[str, str], BinanceTraderClient]:
    def own_client(endpoint: str, account: str) -> BinanceTraderClient:
        return stack.enter_context(
            BinanceTraderClient(endpoint, access=f"{account}-key", secret=f"{account}-secret", symbol="NDAU_USDT")
        )

    return own_client


@asynccontextmanager
async def streaming(endpoint: str, *accounts: str) -> AsyncIterator[list[Exchange]]:
    """CCXT pro clients."""
    exchanges = [pointed(ccxt_pro.binance(keys(account)), endpoint) for account in accounts]
    try:
        yield exchanges
    finally:
        for exchange in exchanges:
            await exchange.close()


@pytest.fixture
def run() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine with a deadline."""

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(asyncio.wait_for(coroutine, DEADLINE_SECONDS))

    return run
