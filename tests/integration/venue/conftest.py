"""A real venue process on a free port of loopback."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from venue.client import TraderClient
from venue.config import AccountConfig, Config, LimitsConfig, MarketConfig, VenueConfig, write

READY = re.compile(r"venue (\S+) ready at (http://\S+)")
ACCOUNTS = (
    AccountConfig(
        id="issuer", access="1a", secret=SecretStr("issuer-secret"), memo="one", deposits={"NDAU": "1000000"}
    ),
    AccountConfig(
        id="buyer",
        access="2b",
        secret=SecretStr("buyer-secret"),
        memo="two",
        deposits={"NDAU": "500", "USDT": "1000000.50"},
    ),
)


@dataclass
class VenueProcess:
    """`python -m venue`, and the endpoint of each of its venues by name."""

    config_path: Path
    endpoints: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until every venue is ready; pytest's timeout is the deadline."""
        command = [sys.executable, "-m", "venue", "--config", str(self.config_path)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        wanted = len(Config.model_validate_json(self.config_path.read_bytes()).venues)
        self.endpoints.clear()
        while len(self.endpoints) < wanted:
            ready = READY.fullmatch(self.process.stdout.readline().strip())
            assert ready is not None, "the venue ended before it was ready"
            self.endpoints[ready[1]] = ready[2]

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit status."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(number)
        status = self.process.wait(10)
        self.process.stdout.close()
        self.process = None
        return status

    def close(self) -> None:
        """Kill it if it still runs."""
        if self.process is not None:
            self.end(signal.SIGKILL)


def venue_config(name: str, limits: LimitsConfig) -> VenueConfig:
    market = MarketConfig(base="NDAU", quote="USDT", price_tick="0.01", quantity_step="0.01", minimum_quantity="0.01")
    return VenueConfig(
        name=name, port=0, state_directory=Path(name), markets=(market,), accounts=ACCOUNTS, limits=limits
    )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def prepare(tmp_path: Path, stack: ExitStack) -> Callable[..., VenueProcess]:
    def prepare(*names: str, limits: LimitsConfig | None = None) -> VenueProcess:
        path = tmp_path / "venues.json"
        generous = LimitsConfig(authentications_per_minute=None)
        write(path, Config(venues=tuple(venue_config(name, limits or generous) for name in names)))
        process = VenueProcess(path)
        stack.callback(process.close)
        return process

    return prepare


@pytest.fixture
def venue(prepare: Callable[..., VenueProcess]) -> VenueProcess:
    process = prepare("north")
    process.start()
    return process


@pytest.fixture
def trader(stack: ExitStack) -> Callable[..., TraderClient]:
    def trader(account: str, endpoint: str) -> TraderClient:
        key = next(each for each in ACCOUNTS if each.id == account)
        return stack.enter_context(
            TraderClient(
                endpoint, access=key.access, secret=key.secret.get_secret_value(), memo=key.memo, symbol="NDAU_USDT"
            )
        )

    return trader
