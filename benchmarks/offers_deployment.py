"""The part of a deployment that publishes: broker, chain and the Procfile's workers, for simulated exchanges."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from app.bootstrap import read_passphrase
from app.local.home import LocalHome, ensure_home
from app.local.processes import Process, local_processes
from app.ndau.client import NdauChain
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from app.settings.loading import required
from app.settings.settings import Settings
from app.signing import keyfile
from app.store import migrate
from app.store.database import Database
from benchmarks.instance import settings_of
from benchmarks.processes import running, wait_until
from localnet.chain.genesis import read_genesis, write_genesis

DEPTH = 2
_WORKERS = ("polling", "issuer", "offers")
_PROCESSES = ("broker", "chain", *_WORKERS)


@dataclass(slots=True)
class OffersDeployment:
    """Running workers, and doors to what they share.

    Attributes:
        pids: of the workers and the broker.
    """

    home: LocalHome
    broker_url: str
    celery: Celery
    database: Database
    chain: NdauChain
    issuer: PrivateKey
    pids: tuple[int, ...]

    def ring_polls(self, exchanges: Iterable[str], every_seconds: float) -> None:
        """Ring the poll of each exchange once, as beat does."""
        for name in exchanges:
            self.celery.send_task(
                "tasks.polling.poll_exchange", [name], queue="polling", expires=every_seconds * 0.9, ignore_result=True
            )

    def issue_elsewhere(self, quantity_napu: int) -> None:
        """Have the amount issued change without a sale of ours, so that every exchange's offers must."""
        issue = Issue(quantity_napu, self.chain.issuer_account().sequence + 1)
        signature = str(self.issuer.sign(issue.signable_bytes()))
        self.chain.submit_issue(issue.qty, issue.sequence, [signature])

    def newest_generation(self) -> int:
        """Return the number of the newest decision, 0 before the first."""
        return self._number("SELECT coalesce(max(number), 0) FROM generation")

    def exchanges_showing(self, generation: int) -> int:
        """Return how many exchanges show this decision or a newer one, by the ledger."""
        return self._number(f"SELECT count(*) FROM publication WHERE shown >= {generation} AND error = ''")  # noqa: S608  a number

    def _number(self, query: str) -> int:
        # Plain SQL: this looks many times a second beside the workers, and must cost them nothing.
        with self.database.read() as connection:
            return int(connection.exec_driver_sql(query).scalar_one())


@contextmanager
def running_offers(exchanges: int, issued_napu: int, *, driver: str = "waiting") -> Iterator[OffersDeployment]:
    """Run the workers for so many simulated exchanges, on a chain on which so much is issued; all in a folder of its own.

    Beat and Flower do not run: nothing else must be published, or drawn, while the clock runs.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="meic-bench-", ignore_cleanup_errors=True))
        home = _home(Path(folder), exchanges, issued_napu, driver)
        settings = settings_of(home.folder)
        url = settings.broker.url.get_secret_value()
        database = stack.enter_context(closing(Database(settings.ledger_url)))
        migrate.upgrade(database)
        celery = stack.enter_context(Celery(broker=url))
        pids = stack.enter_context(_running_processes(home, settings))
        wait_until(lambda: _all_answer(celery), what="the three workers")
        chain = NdauChain(required(settings.chain, "chain").url)
        issuer = keyfile.load(home.keys / "issuer.key.json", read_passphrase(home.keys / "passphrase"))
        yield OffersDeployment(home, url, celery, database, chain, issuer, pids)


@contextmanager
def _running_processes(home: LocalHome, settings: Settings) -> Iterator[tuple[int, ...]]:
    processes = local_processes(home, settings, with_buyers=False)
    with ExitStack() as stack:
        started = {
            process.name: stack.enter_context(running(_command(process), home.logs / f"{process.name}.log", {}))
            for process in processes
            if process.name in _PROCESSES
        }
        yield tuple(process.pid for name, process in started.items() if name in (*_WORKERS, "broker"))
        # All at once, and before the broker, without which a worker does not end well.
        for name in _WORKERS:
            started[name].terminate()


def _command(process: Process) -> tuple[str, ...]:
    drivers = ("--include", "benchmarks.add_drivers") if process.name in _WORKERS else ()
    return (*process.command, *drivers)


def _all_answer(celery: Celery) -> bool:
    try:
        return len(celery.control.ping(timeout=0.5) or ()) == len(_WORKERS)
    except (OperationalError, redis.ConnectionError):
        return False  # the broker itself is not there yet


def _home(folder: Path, exchanges: int, issued_napu: int, driver: str) -> LocalHome:
    home = ensure_home(folder, block_seconds=0, buyer_seconds=1)
    genesis = read_genesis(home.chain / "genesis.json")
    write_genesis(
        home.chain / "genesis.json",
        replace(genesis, total_issued_napu=issued_napu, total_released_napu=2 * issued_napu),
    )
    text = home.settings.read_text().replace('driver = "bitmart"', 'enabled = false\ndriver = "bitmart"')
    text += "".join(
        f'\n[exchanges.waiting_{number}]\ndriver = "{driver}"\nsymbol = "NDAU_USDT"\ndepth = {DEPTH}\n'
        for number in range(exchanges)
    )
    home.settings.write_text(text)
    return home
