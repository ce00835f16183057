"""Exchanges that ring for themselves: a whole instance with two venues that have streams."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

import psutil
import pytest

from app.local.home import LocalHome, ensure_home
from tests.functional.faults.proxy import Fault, Proxy, proxies
from tests.functional.instance import MEIC, RunningInstance, running, wait_until

pytestmark = pytest.mark.timeout(600)

STREAMING = ("north", "south")
CUT_EVERY_SECONDS = 1.0


@pytest.fixture
def home(tmp_path: Path) -> LocalHome:
    return ensure_home(tmp_path / "home", block_seconds=0.5, buyer_seconds=4)


def status(home: LocalHome) -> dict[str, dict[str, object]]:
    """What `meic status` says of the streams."""
    environment = os.environ | {"MEIC_HOME": str(home.folder)}
    done = subprocess.run(
        [MEIC, "status", "--json"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    streams: dict[str, dict[str, object]] = json.loads(done.stdout)["streams"]
    return streams


def doctor(home: LocalHome) -> str:
    environment = os.environ | {"MEIC_HOME": str(home.folder), "COLUMNS": "200"}
    done = subprocess.run([MEIC, "doctor"], env=environment, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout


def are_up(home: LocalHome) -> bool:
    streams = status(home)
    return set(streams) == set(STREAMING) and all(stream["is_up"] for stream in streams.values())


def every_exchange(**settings: object) -> dict[str, str]:
    return {
        f"MEIC_EXCHANGES__{name.upper()}__{setting.upper()}": str(value)
        for name in STREAMING
        for setting, value in settings.items()
    }


def buy_and_wait(instance: RunningInstance, name: str) -> None:
    sales = instance.issued_sales()
    instance.buy(name, "1.25")
    wait_until(lambda: instance.issued_sales() > sales, 60, f"what {name} sold is issued")


def test_a_sale_is_issued_at_once_through_the_stream_though_nobody_polls(home: LocalHome) -> None:
    with running(home.folder, "--no-buyers", "--no-views", variables=every_exchange(poll_seconds=3000)) as instance:
        wait_until(lambda: are_up(home), 90, "both streams are up")
        for _ in range(3):
            for name in STREAMING:
                buy_and_wait(instance, name)
        assert instance.settled_agreement().agrees
        assert "streams: north, south up" in doctor(home)
        assert all(stream["last_event_at"] for stream in status(home).values())


@contextmanager
def cut(*lines: Proxy) -> Iterator[list[int]]:
    """Break every line once a second for the block; gives how often that was, in a list of one."""
    ended, cuts = Event(), [0]

    def go_on_cutting() -> None:
        while not ended.wait(CUT_EVERY_SECONDS):
            for line in lines:
                line.fault = Fault.REFUSE
                line.fault = None
            cuts[0] += 1

    thread = Thread(target=go_on_cutting)
    thread.start()
    try:
        yield cuts
    finally:
        ended.set()
        thread.join()


@contextmanager
def watching(instance: RunningInstance, lines: list[Proxy]) -> Iterator[None]:
    """Run `meic watch` whose way to the exchanges leads through the lines."""
    environment = os.environ | {"MEIC_HOME": str(instance.home.folder)}
    for line in lines:
        environment[f"MEIC_EXCHANGES__{line.name.upper()}__ENDPOINT"] = f"http://127.0.0.1:{line.port}"
    log = instance.home.logs / "watch-through-proxies.log"
    with log.open("wb") as output:
        process = subprocess.Popen([MEIC, "watch", *STREAMING], env=environment, stdout=output, stderr=output)
    try:
        yield
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        assert process.wait(60) == 0, log.read_text()


def test_a_hundred_sales_agree_to_the_napu_while_every_stream_is_cut_every_second(home: LocalHome) -> None:
    without = every_exchange(stream=False)
    with running(home.folder, "--no-views", variables=without) as instance:
        lines = [Proxy(name, urlsplit(str(instance.settings.exchanges[name].endpoint)).port or 0) for name in STREAMING]
        with proxies(*lines), watching(instance, lines):
            wait_until(lambda: are_up(home), 90, "both streams are up")
            with cut(*lines) as cuts:
                wait_until(lambda: instance.issued_sales() >= 100, 300, "a hundred sales are issued")
                wait_until(lambda: cuts[0] >= 10, 60, "every stream was cut ten times")
                psutil.Process(instance.pid_of("buyers")).suspend()
                agreement = instance.settled_agreement()
        assert agreement.agrees, agreement
        assert agreement.issued_napu == agreement.sold_napu > 0
        assert all(exchange.sales > 0 for exchange in agreement.exchanges)
