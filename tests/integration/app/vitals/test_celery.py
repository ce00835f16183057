"""Real workers and a real beat, suspended, hung and cut off from their broker."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from celery import Celery

from app.clock import SystemClock
from app.local.home import free_ports
from app.store import migrate
from app.store.database import Database
from tests.integration.exchanges.budgets.conftest import Valkey

SECONDS = 90

pytestmark = pytest.mark.timeout(300)

SETTINGS = """
[broker]
url = "{broker}"

[schedule]
issue_seconds = 1.0

[telemetry]
vitals_ports = {{ issuer = {issuer}, offers = {offers}, beat = {beat} }}
"""


def wait_until(condition: Callable[[], object], what: str) -> None:
    for _ in range(SECONDS * 10):
        if condition():
            return
        SystemClock().wait(0.1)
    raise AssertionError(f"waited {SECONDS} s, in vain, until {what}")


@dataclass(frozen=True)
class Home:
    """A home with a broker and a ledger, and what was started in it."""

    folder: Path
    ports: dict[str, int]
    valkey: Valkey

    def ask(self, kind: str, path: str) -> tuple[int, dict[str, Any]]:
        """Return the answer's status and its checks; 0 while nobody answers."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self.ports[kind]}/{path}", timeout=10)
        except requests.RequestException:
            return 0, {}
        return answer.status_code, answer.json()["checks"]

    def becomes(self, kind: str, path: str, status: int) -> dict[str, Any]:
        """Wait until it answers so; return its checks."""
        answers = []

        def answers_so() -> bool:
            answers.append(self.ask(kind, path))
            return answers[-1][0] == status

        wait_until(answers_so, f"/{path} of {kind} is {status}")
        return answers[-1][1]

    def failing(self, kind: str, path: str) -> set[str]:
        """Return the names of the checks that fail."""
        return {name for name, check in self.ask(kind, path)[1].items() if not check["ok"]}

    def is_well(self, kind: str) -> bool:
        return self.ask(kind, "health")[0] == 200

    def hang(self, queue: str, times: int) -> None:
        """Have so many tasks hang for half a minute."""
        with Celery(broker=self.valkey.url, set_as_current=False) as app:
            for _ in range(times):
                app.send_task("hang", [30], queue=queue)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    folder, state = tmp_path / "home", tmp_path / "valkey"
    for each in (folder, state):
        each.mkdir()
    ports = free_ports({"valkey": 0, "issuer": 0, "offers": 0, "beat": 0})
    valkey = Valkey(state, ports["valkey"])
    valkey.start()
    (folder / "meic.toml").write_text(SETTINGS.format(broker=valkey.url, **ports))
    database = Database(f"sqlite:///{folder / 'ledger.sqlite3'}")
    migrate.upgrade(database)
    database.close()
    yield Home(folder, ports, valkey)
    valkey.kill()


@contextmanager
def celery(home: Home, *arguments: str) -> Iterator[psutil.Process]:
    """Run it until the end of the block."""
    log = (home.folder / "celery.log").open("ab")
    environment = os.environ | {"MEIC_HOME": str(home.folder)}
    command = [sys.executable, "-m", "tests.integration.app.vitals.quick_celery", *arguments]
    process = psutil.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    log.close()
    try:
        yield process
    finally:
        for each in [*process.children(), process]:
            each.kill()
        process.wait()
        sys.stdout.write((home.folder / "celery.log").read_text()[-5_000:])


def worker(home: Home, kind: str, queue: str, pool: str, concurrency: int) -> Any:
    return celery(
        home,
        *("worker", "--queues", queue, "--pool", pool, "--concurrency", str(concurrency), "--hostname", f"{kind}@%h"),
        *("--without-gossip", "--without-mingle"),
    )


def test_the_issuer_is_well_as_long_as_its_child_is(home: Home) -> None:
    with worker(home, "issuer", "issue", "prefork", 1) as issuer:
        assert set(home.becomes("issuer", "health", 200)) == {"consumer", "pool", "child"}
        wait_until(lambda: home.failing("issuer", "ready") == {"keys"}, "it lacks nothing but the signer's key")

        (child,) = issuer.children()
        child.suspend()
        wait_until(lambda: home.failing("issuer", "health") == {"child"}, "the suspended child is missed")
        child.resume()
        home.becomes("issuer", "health", 200)

        child.suspend()
        home.becomes("issuer", "health", 503)
        child.kill()
        home.becomes("issuer", "health", 200)

        home.hang("issue", times=1)
        wait_until(lambda: "child" in home.failing("issuer", "health"), "the child that hangs is silent")


def test_a_pool_in_which_everything_hangs_is_not_well_and_one_with_room_is(home: Home) -> None:
    with worker(home, "offers", "offers", "threads", 2):
        assert set(home.becomes("offers", "health", 200)) == {"consumer", "pool"}
        home.becomes("offers", "ready", 200)
        home.hang("offers", times=1)
        wait_until(lambda: "1 of 2" in home.ask("offers", "health")[1]["pool"]["words"], "one place is taken")
        home.hang("offers", times=3)
        checks = home.becomes("offers", "health", 503)
        assert "all 2 places are taken" in checks["pool"]["words"]


def test_without_a_broker_worker_and_beat_are_well_and_not_ready(home: Home) -> None:
    kinds = ("offers", "beat")
    home.valkey.kill()
    with worker(home, "offers", "offers", "threads", 2), celery(home, "beat", "--pidfile="):
        home.becomes("offers", "health", 200)
        home.becomes("offers", "ready", 503)
        home.valkey.start()
        for kind in kinds:
            home.becomes(kind, "ready", 200)
        home.valkey.kill()
        for kind in kinds:
            home.becomes(kind, "ready", 503)
        wait_until(lambda: "connection" in home.failing("offers", "ready"), "the worker misses its broker")
        wait_until(lambda: "cannot be reached" in home.ask("beat", "health")[1]["bells"]["words"], "beat misses it too")
        assert [kind for kind in kinds if not home.is_well(kind)] == []
        home.valkey.start()
        for kind in kinds:
            home.becomes(kind, "ready", 200)
