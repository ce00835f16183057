"""The Bitmart adapter against a real venue's gateway, with a proxy between that can lose calls."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from app.domain.fills import Side
from app.domain.money import nanocents_to_decimal, napu_to_decimal
from app.domain.offers import Level
from exchanges import bitmart
from exchanges.bitmart.ots import BitmartOts
from exchanges.config import ExchangeConfig
from tests.contracts.ots.fault_proxy import FaultProxy, fault_proxy
from venue import config
from venue.client import TraderClient

ROOT = Path(__file__).parents[3]
MARKETS = 80
ISSUER = {"access": "15500e", "secret": "5ec7e7", "memo": "issuer"}
TRADER = {"access": "7fade7", "secret": "5ec7e8", "memo": "trader"}
CALLS = {"place_offer": "POST /v2/orders", "cancel_order": "DELETE /v2/orders/"}


@dataclass
class RunningVenue:
    """A venue process; every world takes a market of its own, so that none sees another's orders."""

    port: int
    numbers: Iterator[int]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_symbol(self) -> str:
        return f"NDAU{next(self.numbers)}_USDT"


@contextmanager
def running_venue(folder: Path) -> Iterator[RunningVenue]:
    assets = [f"NDAU{number}" for number in range(MARKETS)]
    deposits = dict.fromkeys([*assets, "USDT"], "1000000000")
    venue = config.VenueConfig.model_validate(
        {
            "name": "contract",
            "port": 0,
            "state_directory": str(folder / "state"),
            "markets": [
                {"base": base, "quote": "USDT", "price_tick": "0.01", "quantity_step": "0.01", "minimum_quantity": "0"}
                for base in assets
            ],
            "accounts": [{"id": key["memo"], "deposits": deposits, **key} for key in (ISSUER, TRADER)],
            "limits": {"authentications_per_minute": None},
        }
    )
    config.write(folder / "venue.json", config.Config(venues=(venue,)))
    command = [sys.executable, "-m", "venue", "--config", str(folder / "venue.json")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline()
            port = re.search(r":(\d+)$", ready.strip())
            assert port, f"the venue said {ready!r}"
            yield RunningVenue(int(port[1]), count())
        finally:
            process.terminate()


class BitmartWorld:
    """Our account and another trader's in a market of their own."""

    def __init__(self, venue: RunningVenue, proxy: FaultProxy, folder: Path, stack: ExitStack) -> None:
        self._proxy = proxy
        self._folder = folder
        self._stack = stack
        self._symbol = venue.next_symbol()
        self._us = self._client(venue, ISSUER)
        self._them = self._client(venue, TRADER)
        self.ots = self._build(ISSUER, proxy.endpoint)

    def restarted(self) -> BitmartOts:
        return self._build(ISSUER, self._proxy.endpoint)

    def without_access(self) -> BitmartOts:
        return self._build(ISSUER | {"secret": "bad5ec7e7"}, self._proxy.endpoint)

    def unreachable(self) -> BitmartOts:
        with fault_proxy(0) as gone:
            endpoint = gone.endpoint
        return self._build(ISSUER, endpoint)

    def buy(self, quantity_napu: int, max_price_nanocents: int) -> None:
        self._trade(Side.BUY, Level(max_price_nanocents, quantity_napu))

    def sell(self, quantity_napu: int, min_price_nanocents: int) -> None:
        self._trade(Side.SELL, Level(min_price_nanocents, quantity_napu))

    def place_manually(self, side: Side, level: Level) -> str:
        return str(_place(self._us, side, level))

    def lose_next(self, method: str, *, after_effect: bool) -> None:
        self._proxy.lose(CALLS[method], after_effect=after_effect)

    def _trade(self, side: Side, level: Level) -> None:
        order_id = _place(self._them, side, level)
        assert self._them.order(order_id).remaining == 0, "the book held too little for the test's trade"

    def _client(self, venue: RunningVenue, key: dict[str, str]) -> TraderClient:
        return self._stack.enter_context(TraderClient(venue.endpoint, symbol=self._symbol, **key))

    def _build(self, key: dict[str, str], endpoint: str) -> BitmartOts:
        path = self._folder / f"{key['secret']}.apikey.json"
        path.write_text(json.dumps(key | {"endpoint": endpoint}))
        path.chmod(0o600)
        ots = bitmart.build(ExchangeConfig("contract", "bitmart", self._symbol, path))
        self._stack.callback(ots.close)
        return ots


def _place(client: TraderClient, side: Side, level: Level) -> int:
    price, amount = nanocents_to_decimal(level.price_nanocents), napu_to_decimal(level.quantity_napu)
    return client.place(side.value, price.normalize(), amount.normalize())
