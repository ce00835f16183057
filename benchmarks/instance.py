"""A whole instance under `meic up`, as an operator starts it, but without buyers who trade by themselves."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from celery import Celery

from app.clock import SystemClock
from app.domain.errors import InvalidInput
from app.local.home import LocalHome
from app.services.overview import overview
from app.settings.loading import load_settings
from app.settings.settings import Settings
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.version import check_version
from benchmarks.processes import BenchmarkFailed, running, wait_until
from localnet.buyers.config import TraderConfig
from localnet.buyers.config import load as load_buyers


@dataclass(frozen=True, slots=True)
class RunningInstance:
    """A running instance, and doors to it.

    Attributes:
        pid: of `meic up` itself; every other process is its child or grandchild.
        celery: rings tasks.
        buyers: accounts with much to spend, named after their venue.
    """

    pid: int
    home: LocalHome
    settings: Settings
    ledger: SqlLedger
    celery: Celery
    buyers: tuple[TraderConfig, ...]

    def is_settled(self) -> bool:
        """Tell whether all sales are issued and every exchange shows what is due."""
        view = overview(self.ledger, limit=1)
        return view.generation is not None and view.open_issuance is None and view.is_settled


@contextmanager
def running_instance() -> Iterator[RunningInstance]:
    """Run `meic up` with an instant chain in a folder of its own, which is deleted afterwards.

    Raises:
        BenchmarkFailed: it did not start, or its first offers did not appear.
    """
    with tempfile.TemporaryDirectory(prefix="meic-bench-", ignore_cleanup_errors=True) as folder:
        home = LocalHome(Path(folder))
        meic = str(Path(sys.executable).with_name("meic"))
        command = (meic, "up", "--no-live", "--block-seconds", "0", "--no-buyers")
        with running(command, home.folder / "up.log", {"MEIC_HOME": folder}) as process:
            try:
                yield from _connected(home, process.pid)
            except BenchmarkFailed as error:
                raise BenchmarkFailed(f"{error}\n{(home.folder / 'up.log').read_text()}") from error


def _connected(home: LocalHome, pid: int) -> Iterator[RunningInstance]:
    wait_until(home.settings.exists, what="the instance's settings")
    settings = settings_of(home.folder)
    database = Database(settings.ledger_url)
    url = settings.broker.url.get_secret_value()
    try:
        wait_until(lambda: _is_ready(database), what="the ledger's tables")
        with Celery(broker=url) as celery:
            buyers = load_buyers(home.buyers).traders
            instance = RunningInstance(pid, home, settings, SqlLedger(database, SystemClock()), celery, buyers)
            wait_until(instance.is_settled, what="the first offers on every exchange")
            yield instance
    finally:
        database.close()


def settings_of(folder: Path) -> Settings:
    """Return the settings of a home; from now on it is this process's."""
    os.environ["MEIC_HOME"] = str(folder)
    load_settings.cache_clear()
    return load_settings()


def _is_ready(database: Database) -> bool:
    try:
        check_version(database)
    except InvalidInput:
        return False
    return True
