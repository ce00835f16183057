"""A real venue with an issuer who offers and two buyers, and the process in which the buyers trade."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from localnet.buyers import config as buyers_config
from localnet.buyers.config import BuyersConfig, TraderConfig
from venue import config as venue_config
from venue.clients import VenueClient, open_client
from venue.config import AccountConfig, Config, Gateway, LimitsConfig, MarketConfig, VenueConfig


def account(name: str, deposits: dict[str, str]) -> AccountConfig:
    return AccountConfig(id=name, access=f"{name}-key", secret=SecretStr(f"{name}-secret"), memo="", deposits=deposits)


def wait_for_line(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    assert process.stdout is not None
    found = re.fullmatch(pattern, process.stdout.readline().strip())
    assert found is not None
    return found


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def start(stack: ExitStack) -> Callable[..., subprocess.Popen[str]]:
    def start(*arguments: str) -> subprocess.Popen[str]:
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        stack.callback(process.kill)
        return process

    return start


@pytest.fixture(params=["bitmart", "binance"])
def gateway(request: pytest.FixtureRequest) -> Gateway:
    """Whose API the venue speaks."""
    gateway: Gateway = request.param
    return gateway


@pytest.fixture
def start_venue(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], gateway: Gateway
) -> Callable[..., tuple[str, subprocess.Popen[str]]]:
    def start_venue(port: int = 0) -> tuple[str, subprocess.Popen[str]]:
        market = MarketConfig(
            base="NDAU", quote="USDT", price_tick="0.01", quantity_step="0.01", minimum_quantity="0.01"
        )
        accounts = (
            account("issuer", {"NDAU": "1000000"}),
            account("north-1", {"USDT": "100000000", "NDAU": "1000"}),
            account("north-2", {"USDT": "100000000", "NDAU": "1000"}),
        )
        venue = VenueConfig(
            name="north",
            port=port,
            state_directory=Path("state"),
            markets=(market,),
            accounts=accounts,
            gateway=gateway,
            limits=LimitsConfig(authentications_per_minute=None),
        )
        path = tmp_path / "venue.json"
        venue_config.write(path, Config(venues=(venue,)))
        process = start("venue", "--config", str(path))
        return wait_for_line(process, r"venue north ready at (\S+)")[1], process

    return start_venue


@pytest.fixture
def client(stack: ExitStack, gateway: Gateway) -> Callable[[str, str], VenueClient]:
    def client(endpoint: str, name: str) -> VenueClient:
        return stack.enter_context(
            open_client(gateway, endpoint, access=f"{name}-key", secret=f"{name}-secret", symbol="NDAU_USDT")
        )

    return client


@pytest.fixture
def buyers_file(tmp_path: Path, gateway: Gateway) -> Callable[[str], Path]:
    def buyers_file(endpoint: str) -> Path:
        traders = tuple(
            TraderConfig(
                name=name,
                endpoint=endpoint,
                symbol="NDAU_USDT",
                access=f"{name}-key",
                secret=SecretStr(f"{name}-secret"),
                gateway=gateway,
            )
            for name in ("north-1", "north-2")
        )
        path = tmp_path / "buyers.json"
        buyers_config.write(path, BuyersConfig(traders=traders, quantity=("0.5", "20"), mean_seconds=0.01, seed=3))
        return path

    return buyers_file


@pytest.fixture
def offer() -> Callable[[VenueClient], None]:
    def offer(issuer: VenueClient) -> None:
        for price in ("16.00", "16.10", "16.20"):
            issuer.place("sell", Decimal(price), Decimal(100_000))

    return offer
