"""A venue process for the contract suite, whichever API it speaks."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from venue import config
from venue.config import Gateway

ROOT = Path(__file__).parents[3]
MARKETS = 120
ISSUER = {"access": "15500e", "secret": "5ec7e7", "memo": "issuer"}
TRADER = {"access": "7fade7", "secret": "5ec7e8", "memo": "trader"}
HELD = "1000000000"
_OFTEN = 100_000


@dataclass
class RunningVenue:
    """A venue process; every world takes a market of its own, so that none sees another's orders."""

    port: int
    numbers: Iterator[int]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_base(self) -> str:
        return f"NDAU{next(self.numbers)}"


@contextmanager
def running_venue(folder: Path, gateway: Gateway) -> Iterator[RunningVenue]:
    assets = [f"NDAU{number}" for number in range(MARKETS)]
    deposits = dict.fromkeys([*assets, "USDT"], HELD)
    venue = config.VenueConfig.model_validate(
        {
            "name": f"contract-{gateway}",
            "port": 0,
            "state_directory": str(folder / "state"),
            "gateway": gateway,
            "markets": [
                {"base": base, "quote": "USDT", "price_tick": "0.01", "quantity_step": "0.01", "minimum_quantity": "0"}
                for base in assets
            ],
            "accounts": [{"id": key["memo"], "deposits": deposits, **key} for key in (ISSUER, TRADER)],
            "limits": {
                "authentications_per_minute": None,
                "weight_per_minute": _OFTEN,
                "orders_per_10_seconds": _OFTEN,
                "orders_per_day": _OFTEN,
            },
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
