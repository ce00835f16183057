"""Start and hold a whole instance on this machine."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kombu.exceptions import OperationalError

from app.bootstrap import Coordinator
from app.domain.access import Role
from app.domain.errors import Unavailable
from app.local.completing import CONSOLE_USER, complete_home, vitals_port_names
from app.local.home import LocalHome, change_taken_ports, ensure_home
from app.local.processes import local_processes
from app.local.supervisor import Supervisor, check_no_other, supervise
from app.settings.loading import load_settings, required
from app.settings.settings import Settings
from app.store import migrate
from app.store.database import Database


@dataclass(frozen=True, slots=True)
class Instance:
    """A running local instance."""

    home: LocalHome
    settings: Settings
    parts: Coordinator
    supervisor: Supervisor
    has_views: bool = True

    @property
    def console_url(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self.settings.console.port}"

    @property
    def flower_url(self) -> str:
        """Where Flower is."""
        return f"http://127.0.0.1:{self.settings.flower.port}"

    @property
    def doors(self) -> tuple[str, ...]:
        """Where to look, and who may: a line each. The passwords are this instance's own and open nothing else."""
        if not self.has_views:
            return (f"logs: {self.home.logs}",)
        user, flower_user = CONSOLE_USER, self.settings.flower.user
        console_password, flower_password = self.home.console_password, self.home.flower_password
        return (
            f"console: {self.console_url}  user {user}, password {console_password.read_text().strip()}",
            f"Flower:  {self.flower_url}  user {flower_user}, password {flower_password.read_text().strip()}",
            f"both passwords are kept in {self.home.keys}; logs: {self.home.logs}",
        )


@contextmanager
def running_instance(
    folder: Path, *, block_seconds: float, buyer_seconds: float, with_buyers: bool = True, with_views: bool = True
) -> Iterator[Instance]:
    """Run everything for the block: parts, workers and the world around them; then end every process.

    A home that has state goes on from where it was.

    Raises:
        InvalidInput: the home is in use, or is not a local one.
    """
    folder = folder.resolve()
    check_no_other(folder)
    os.environ["MEIC_HOME"] = str(folder)
    home = ensure_home(folder, block_seconds=block_seconds, buyer_seconds=buyer_seconds)
    complete_home(home)
    settings = _load_with_free_ports(home)
    database = Database(settings.ledger_url)
    migrate.upgrade(database)
    database.close()
    parts = Coordinator(settings)
    _let_in(parts, home)
    environment = os.environ | {"MEIC_SUPERVISED_HOME": str(folder), "PYTHONUNBUFFERED": "1"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    try:
        with supervise(
            local_processes(home, settings, with_buyers=with_buyers, with_views=with_views),
            environment=environment,
            logs=home.logs,
        ) as supervisor:
            yield Instance(home, settings, parts, supervisor, has_views=with_views)
    finally:
        parts.close()


def ask_for_first_offers(instance: Instance, limit_seconds: float = 60.0) -> None:
    """Wait for the chain, then ring for the first offers instead of waiting for beat.

    Raises:
        Unavailable: the chain did not start in time; its log says why.
    """
    from app.celery import app  # noqa: PLC0415  it reads the settings, which did not exist before

    waited = 0.0
    while True:
        try:
            instance.parts.chain.supply()
            break
        except Unavailable as error:
            if waited >= limit_seconds:
                raise Unavailable(f"the chain did not start; see {instance.home.logs / 'chain.log'}") from error
        instance.parts.clock.wait(0.2)
        waited += 0.2
    with suppress(OperationalError):  # the broker is not there yet; beat rings within a minute
        app.send_task("tasks.offering.publish_offers", ["start"])


def _load_with_free_ports(home: LocalHome) -> Settings:
    """Return the home's settings, each port that another program took in the meantime replaced by a free one."""
    load_settings.cache_clear()
    settings = load_settings()
    if change_taken_ports(home, _ports(settings)):
        load_settings.cache_clear()
        settings = load_settings()
    return settings


def _ports(settings: Settings) -> dict[str, int]:
    local = required(settings.local, "local")
    signer = required(settings.signing_service, "signing_service")
    ports = {"broker": local.broker_port, "chain": local.chain_port, "signer": signer.port}
    vitals = {name: settings.telemetry.vitals_ports.of(kind) for kind, name in vitals_port_names().items()}
    shown = {"console": settings.console.port, "flower": settings.flower.port}
    return ports | shown | {name: port for name, port in vitals.items() if port} | local.venue_ports


def _let_in(parts: Coordinator, home: LocalHome) -> None:
    """Have the first person of a console that nobody may enter yet."""
    if not parts.access.people.all():
        password = home.console_password.read_text(encoding="utf-8").strip()
        parts.access.add_operator(CONSOLE_USER, Role.ADMIN, password, by="meic up")
