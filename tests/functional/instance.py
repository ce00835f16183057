"""A whole coordinator, with everything around it, as an operator starts it: `meic up`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import psutil
from pydantic import SecretStr

from app.clock import SystemClock
from app.domain.errors import Unavailable
from app.local.agreement import Agreement, compare
from app.local.home import SYMBOL, LocalHome
from app.services.overview import Overview, overview
from app.settings.loading import required
from app.settings.sections import LedgerSettings
from app.settings.settings import Settings
from app.store.database import Database
from app.store.ledger import SqlLedger
from venue.clients import VenueClient, open_client

LEDGER_URL = "MEIC_LEDGER__URL"

MEIC = str(Path(sys.executable).with_name("meic"))

COMMANDS = {
    "chain": "localnet.chain",
    "venues": "venue --config",
    "polling": "polling@",
    "issuer": "issuer@",
    "offers": "offers@",
    "beat": "celery -A app beat",
    "flower": "meic flower",
    "console": "meic console",
    "alerts": "meic alerts watch",
    "signer": "meic signer",
    "watch": "meic watch",
    "buyers": "localnet.buyers",
}
"""What tells each supervised process by its command line."""


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s, in vain, until {what}")
        SystemClock().wait(0.1)


def is_supervisor(process: psutil.Process) -> bool:
    return "circus.circusd" in process.cmdline()


def processes_of(folder: Path) -> list[psutil.Process]:
    """All processes that were started for a home."""
    return [process for process in psutil.process_iter() if is_of(process, folder)]


def resume_suspended(folder: Path) -> None:
    """Let what a test suspended go on: suspended it cannot end."""
    for process in processes_of(folder):
        with suppress(psutil.Error):
            process.resume()


def is_of(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.environ().get("MEIC_SUPERVISED_HOME") == str(folder)
    except psutil.Error:
        return False


@dataclass
class RunningInstance:
    home: LocalHome
    settings: Settings
    ledger: SqlLedger
    process: subprocess.Popen[str]
    was_killed: bool = False

    def kill_outright(self) -> None:
        """SIGKILL `meic up` itself; nothing of it may stay behind."""
        self.was_killed = True
        configurations = [Path(each.cmdline()[-1]) for each in self._supervisors()]
        self.process.kill()
        wait_until(lambda: not processes_of(self.home.folder), 40, "no process of the instance is left")
        for configuration in configurations:
            shutil.rmtree(configuration.parent)  # whoever would have removed it is dead

    def overview(self) -> Overview:
        return overview(self.ledger, limit=100)

    def issued_sales(self) -> int:
        return self.ledger.fills.count_issued()

    def pid_of(self, name: str) -> int | None:
        """The process that the supervisor started under this name."""
        supervisors = self._supervisors()
        if not supervisors:
            return None
        # Valkey names itself by its port.
        words = f":{required(self.settings.local, 'local').broker_port}" if name == "broker" else COMMANDS[name]
        for child in supervisors[0].children():
            try:
                if words in " ".join(child.cmdline()):
                    return child.pid
            except psutil.Error:
                continue
        return None

    def _supervisors(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children() if is_supervisor(child)]

    def issuer_child(self) -> int | None:
        """The one process of the issuer's pool, None while there is none."""
        main = self.pid_of("issuer")
        try:
            children = psutil.Process(main).children() if main else []
        except psutil.NoSuchProcess:
            return None
        assert len(children) <= 1, "the issuer's pool has one child"
        return children[0].pid if children else None

    def client(self, exchange: str, account: str) -> VenueClient:
        """An account at a venue: "issuer", "buyer-0" or "buyer-1"."""
        endpoint = str(self.settings.exchanges[exchange].endpoint)
        if account == "issuer":
            keys = self.home.issuer_keys(exchange)
        else:
            traders = json.loads(self.home.buyers.read_text())["traders"]
            trader = next(trader for trader in traders if trader["name"] == f"{exchange}-{account}")
            keys = {name: trader[name] for name in ("access", "secret", "memo")}
        return open_client(self.home.gateway(exchange), endpoint, **keys, symbol=SYMBOL)

    def buy(self, exchange: str, quantity: str) -> None:
        """Buy from the best offers at a venue, at whatever they cost."""
        with self.client(exchange, "buyer-0") as buyer:
            best = buyer.depth().asks[0].price
            buyer.place("buy", best + 1, Decimal(quantity))

    def settled_agreement(self, seconds: float = 90.0, *, not_ours: tuple[tuple[str, int], ...] = ()) -> Agreement:
        """Wait until nothing waits and everything agrees; return the last comparison either way."""

        def agrees() -> bool:
            try:
                return self.overview().is_settled and compare(self.home, self.settings, not_ours=not_ours).agrees
            except Unavailable:
                return False  # what was killed is not back yet

        try:
            wait_until(agrees, seconds, "everything agrees")
        except AssertionError:
            sys.stdout.write(f"{self.logs()}\n{self.overview()}\n")
        return compare(self.home, self.settings, not_ours=not_ours)

    def logs(self) -> str:
        """The ends of all logs, for a failure's report."""
        ends = (f"== {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.home.logs.glob("*.log")))
        return "\n".join(ends)


@contextmanager
def running(folder: Path, *options: str, variables: Mapping[str, str] | None = None) -> Iterator[RunningInstance]:
    """Run `meic up` in a folder; it is asked to end at the end of the block, and must end cleanly.

    `variables` are added to the environment of all its processes; what a test asks goes past them, but for the ledger.
    """
    environment = os.environ | {"MEIC_HOME": str(folder)} | dict(variables or {})
    process = subprocess.Popen(
        [MEIC, "up", "--no-live", *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    home = LocalHome(folder.resolve())
    database = None
    was_killed = False
    try:
        wait_until(
            lambda: process.poll() is not None or _is_offered(home, environment),
            90,
            "the first offers are on the venues",
        )
        assert process.poll() is None, process.communicate()[0]
        settings = settings_of(home, environment)
        database = Database(settings.ledger_url)
        instance = RunningInstance(home, settings, SqlLedger(database, SystemClock()), process)
        yield instance
        was_killed = instance.was_killed
    finally:
        if database is not None:
            database.close()
        resume_suspended(home.folder)
        process.send_signal(signal.SIGINT)
        try:
            output, _ = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
    if not was_killed:
        assert process.returncode == 0, output
        assert "ended" in output
    # The last of them may be dying still.
    wait_until(lambda: not processes_of(home.folder), 20, "no process of the instance is left")


def settings_of(home: LocalHome, environment: Mapping[str, str]) -> Settings:
    """Read a home's own settings, whatever the environment of its processes says; only the ledger is theirs."""
    before = os.environ.get("MEIC_HOME")
    os.environ["MEIC_HOME"] = str(home.folder)
    try:
        return Settings(home=home.folder, ledger=LedgerSettings(url=SecretStr(environment.get(LEDGER_URL, ""))))
    finally:
        if before is None:
            del os.environ["MEIC_HOME"]
        else:
            os.environ["MEIC_HOME"] = before


def _is_offered(home: LocalHome, environment: Mapping[str, str]) -> bool:
    has_ledger = LEDGER_URL in environment or (home.folder / "ledger.sqlite3").exists()
    if not home.settings.exists() or not has_ledger:
        return False
    result = subprocess.run(
        [MEIC, "status", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        return False
    exchanges = json.loads(result.stdout)["exchanges"]
    return bool(exchanges) and all(exchange["publication"]["shown"] for exchange in exchanges)
