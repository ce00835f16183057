"""`meic watch` as a process, with a real broker and nobody who takes its bells away."""

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from app.local.home import free_ports
from tests.functional.instance import MEIC, wait_until
from tests.integration.exchanges.budgets.conftest import Valkey

pytestmark = pytest.mark.timeout(180)

SECRET = "a-secret-for-the-webhook"
SECONDS = 60.0

SETTINGS = """
[broker]
url = "{broker}"

[webhooks]
port = {port}

[exchanges.north]
driver = "bitmart"
symbol = "NDAU_USDT"
webhook_secret_file = "secret"

[exchanges.south]
driver = "bitmart"
symbol = "NDAU_USDT"
"""


@dataclass
class Home:
    folder: Path
    valkey: Valkey
    port: int

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("MEIC_")} | {
            "MEIC_HOME": str(self.folder),
            "PYTHONUNBUFFERED": "1",
        }

    def post(self, name: str, secret: str) -> int:
        url = f"http://127.0.0.1:{self.port}/webhooks/{name}"
        return requests.post(url, headers={"X-Webhook-Secret": secret}, timeout=SECONDS).status_code

    def polled(self) -> list[str]:
        """The exchanges that were rung and that no worker has taken yet."""
        with self.valkey.client() as client:
            messages = cast("list[bytes]", client.lrange("polling", 0, -1))
        bodies: list[Any] = [json.loads(base64.b64decode(json.loads(message)["body"])) for message in messages]
        return [arguments[0] for arguments, *_ in bodies]


@pytest.fixture
def home(tmp_path: Path, valkey: Valkey) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    port = free_ports({"webhooks": 0})["webhooks"]
    (folder / "meic.toml").write_text(SETTINGS.format(broker=valkey.url, port=port))
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    return Home(folder, valkey, port)


@contextmanager
def watching(home: Home, *names: str) -> Iterator[Path]:
    """Run it; gives its log. It is asked to end, and must end well."""
    log = home.folder / "watch.log"
    with log.open("wb") as output:
        process = subprocess.Popen([MEIC, "watch", *names], env=home.environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: process.poll() is not None or "watching; " in log.read_text(), SECONDS, "it watches")
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        sys.stdout.write(log.read_text())
    assert status == 0


def refused(home: Home, *names: str) -> str:
    done = subprocess.run(
        [MEIC, "watch", *names], env=home.environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_webhook_rings_the_poll_through_the_broker_and_a_flood_rings_little(home: Home) -> None:
    with watching(home) as log:
        assert "streams: none; webhooks: north" in log.read_text()
        assert home.polled() == []
        assert home.post("north", SECRET) == 204
        wait_until(home.polled, SECONDS, "the poll is rung")
        assert home.polled() == ["north"]
        assert home.post("north", "wrong") == 401
        assert home.post("south", SECRET) == 404
        assert home.polled() == ["north"]
        for _ in range(200):
            home.post("north", SECRET)
        wait_until(lambda: len(home.polled()) > 1, SECONDS, "the flood is rung")
        assert len(home.polled()) < 60
        assert set(home.polled()) == {"north"}
        assert SECRET not in log.read_text()


def test_a_ring_that_the_broker_missed_comes_when_it_is_back(home: Home) -> None:
    with watching(home) as log:
        home.valkey.kill()
        assert home.post("north", SECRET) == 204
        wait_until(lambda: "cannot be rung" in log.read_text(), SECONDS, "it is logged")
        assert home.post("north", SECRET) == 204
        home.valkey.start()
        wait_until(home.polled, SECONDS, "the poll is rung")
        assert set(home.polled()) == {"north"}
        wait_until(lambda: "the broker is back" in log.read_text(), SECONDS, "that is logged too")
        assert log.read_text().count("cannot be rung") == 1


def test_an_exchange_without_stream_and_webhook_cannot_be_watched_by_name(home: Home) -> None:
    assert "south has no stream and no webhook, so there is nothing to watch" in refused(home, "south")
    assert "'west' is no exchange in use; expected one of: north, south" in refused(home, "west")


def test_a_secret_that_others_can_read_stops_the_start(home: Home) -> None:
    (home.folder / "secret").chmod(0o644)
    assert "chmod 600" in refused(home)


def test_a_taken_port_stops_the_start(home: Home) -> None:
    with watching(home):
        assert f"cannot listen for webhooks on 127.0.0.1 port {home.port}" in refused(home)
