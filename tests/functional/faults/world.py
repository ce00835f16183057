"""A running instance together with what can be done to it: its parts, its lines, its crash points."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from app.local.home import ensure_home
from app.local.processes import VIEWS
from app.settings.loading import required
from app.settings.settings import Settings
from tests.functional.faults.proxy import Proxy, proxies
from tests.functional.faults.servers import Server, postgresql, rabbitmq
from tests.functional.instance import LEDGER_URL, RunningInstance, running, settings_of

CHILD = "issuer's child"
PARTS = (CHILD, "issuer", "polling", "offers", "watch", "beat", "broker", "signer", "chain", "venues")
DATABASE_PARTS = ("PostgreSQL", "a PostgreSQL backend")
LINES = ("chain", "signer", "north", "broker")


@dataclass(frozen=True, slots=True)
class World:
    """Everything of one instance.

    Attributes:
        lines: proxies between the coordinator and what their names say.
        rabbitmq: the broker, None while it is the instance's own Valkey.
        database: the ledger's server, None while it is SQLite.
        crashes: the folder in which crash points are armed.
        views: those of what people look at that run.
    """

    instance: RunningInstance
    lines: dict[str, Proxy]
    rabbitmq: Server | None
    database: Server | None
    crashes: Path
    views: tuple[str, ...] = VIEWS

    @property
    def parts(self) -> tuple[str, ...]:
        """All that can be killed, by name."""
        return PARTS + self.views + (("RabbitMQ",) if self.rabbitmq else ()) + (DATABASE_PARTS if self.database else ())

    def pid_of(self, part: str) -> int | None:
        """The process of a part, None while there is none."""
        if part == CHILD:
            return self.instance.issuer_child()
        if part == "RabbitMQ":
            return _at(self.rabbitmq, 0)
        if part in DATABASE_PARTS:
            return _at(self.database, DATABASE_PARTS.index(part))
        try:
            return self.instance.pid_of(part)
        except psutil.NoSuchProcess:
            return None

    def arm(self, point: str) -> None:
        """Have the next process that comes by this crash point die there."""
        (self.crashes / point).touch()

    def disarm(self, point: str) -> bool:
        """Take it back; return whether nobody had died there yet."""
        try:
            (self.crashes / point).unlink()
        except FileNotFoundError:
            return False
        return True

    def died_at(self, point: str) -> int | None:
        """Return who died at a point that was armed, None as long as nobody did; each death is told once."""
        for path in self.crashes.glob(f"{point} by *"):
            path.unlink()
            return int(path.name.rpartition(" ")[2])
        return None


@contextmanager
def world(
    folder: Path,
    *,
    broker: str = "valkey",
    ledger: str = "sqlite",
    lines: Sequence[str] = (),
    block_seconds: float = 0.3,
    buyer_seconds: float = 0.5,
    variables: dict[str, str] | None = None,
    with_views: bool = True,
) -> Iterator[World]:
    """Run an instance over a broker ("valkey" or "rabbitmq") and a ledger ("sqlite" or "postgresql")."""
    crashes = folder / "crash"
    crashes.mkdir(parents=True, exist_ok=True)
    for left_over in crashes.iterdir():
        left_over.unlink()
    home = ensure_home(folder / "home", block_seconds=block_seconds, buyer_seconds=buyer_seconds)
    environment = {"MEIC_CRASH_FOLDER": str(crashes)} | (variables or {})
    with ExitStack() as stack:
        rabbit = stack.enter_context(rabbitmq(folder / "rabbitmq")) if broker == "rabbitmq" else None
        database = stack.enter_context(postgresql()) if ledger == "postgresql" else None
        if rabbit:
            environment["MEIC_BROKER__URL"] = rabbit.url
        if database:
            environment[LEDGER_URL] = database.url
        settings = settings_of(home, environment)
        found = {name: Proxy(name, _port(_url(settings, name, environment))) for name in lines}
        stack.enter_context(proxies(*found.values()))
        for name, proxy in found.items():
            url = _url(settings, name, environment)
            environment[_variable(name)] = url.replace(f":{_port(url)}", f":{proxy.port}")
        options = () if with_views else ("--no-views",)
        instance = stack.enter_context(running(home.folder, *options, variables=environment))
        yield World(instance, found, rabbit, database, crashes, VIEWS if with_views else ())


def _url(settings: Settings, line: str, environment: dict[str, str]) -> str:
    match line:
        case "chain":
            return required(settings.chain, "chain").url
        case "signer":
            return required(settings.signer, "signer").url
        case "broker":
            return environment.get("MEIC_BROKER__URL", settings.broker.url.get_secret_value())
        case venue:
            return str(settings.exchanges[venue].endpoint)


def _variable(line: str) -> str:
    return (
        f"MEIC_{line.upper()}__URL"
        if line in ("chain", "signer", "broker")
        else f"MEIC_EXCHANGES__{line.upper()}__ENDPOINT"
    )


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _at(server: Server | None, position: int) -> int | None:
    pids = server.pids() if server else []
    return pids[position] if len(pids) > position else None
