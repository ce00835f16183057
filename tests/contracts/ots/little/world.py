"""Little, as the contract suite wants any exchange."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import exchanges
from app.domain.fills import Side
from app.domain.money import nanocents_to_decimal, napu_to_decimal
from app.domain.offers import Level
from app.ports.exchanges import OrderTrackingSystem
from exchanges import registry
from exchanges.config import ExchangeConfig
from tests.contracts.ots.fault_proxy import FaultProxy, fault_proxy
from tests.contracts.ots.little.server import KEY, SECRET, LittleServer, little_server

_CALLS = {"place_offer": "POST /v1/orders", "cancel_order": "DELETE /v1/orders/"}


def add_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry find the driver here, as one in a package outside."""
    here = str(Path(__file__).parent / "driver")
    monkeypatch.setattr(exchanges, "__path__", [*exchanges.__path__, here])


def build_little(folder: Path, endpoint: str, secret: str = SECRET) -> OrderTrackingSystem:
    key_file = folder / f"{secret}.apikey.json"
    key_file.touch(mode=0o600)
    key_file.write_text(json.dumps({"key": KEY, "secret": secret}))
    config = ExchangeConfig("south", "little", "NDAU/USD", key_file, endpoint, timeout_seconds=5)
    return registry.build(config)


@dataclass
class LittleWorld:
    server: LittleServer
    proxy: FaultProxy
    folder: Path
    ots: OrderTrackingSystem
    closed_endpoint: str

    def restarted(self) -> OrderTrackingSystem:
        return build_little(self.folder, self.proxy.endpoint)

    def without_access(self) -> OrderTrackingSystem:
        return build_little(self.folder, self.proxy.endpoint, secret="another-secret")

    def unreachable(self) -> OrderTrackingSystem:
        return build_little(self.folder, self.closed_endpoint)

    def buy(self, quantity_napu: int, max_price_nanocents: int) -> None:
        self.server.market.take("sell", napu_to_decimal(quantity_napu), nanocents_to_decimal(max_price_nanocents))

    def sell(self, quantity_napu: int, min_price_nanocents: int) -> None:
        self.server.market.take("buy", napu_to_decimal(quantity_napu), nanocents_to_decimal(min_price_nanocents))

    def place_manually(self, side: Side, level: Level) -> str:
        price, quantity = nanocents_to_decimal(level.price_nanocents), napu_to_decimal(level.quantity_napu)
        return str(self.server.market.place("", side.value, price, quantity).id)

    def lose_next(self, method: str, *, after_effect: bool) -> None:
        self.proxy.lose(_CALLS[method], after_effect=after_effect)


@contextmanager
def little_world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LittleWorld]:
    with ExitStack() as stack:
        add_driver(monkeypatch)
        server = stack.enter_context(little_server())
        proxy = stack.enter_context(fault_proxy(server.server_port))
        # Bound, so that nobody else gets the port, but not listening.
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        closed_endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        yield LittleWorld(server, proxy, folder, build_little(folder, proxy.endpoint), closed_endpoint)
