"""The service as a process of its own, which tests kill and flood, and whose log they read."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app.crash_points import VARIABLE
from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey

DEADLINE_SECONDS = 20.0


def _ndau_keys() -> tuple[PrivateKey, ...]:
    return (PrivateKey.generate(Algorithm.ED25519), PrivateKey.generate(Algorithm.SECP256K1))


@dataclass(frozen=True)
class Parties:
    """Who speaks with whom."""

    service_key: PrivateKey = field(default_factory=PrivateKey.generate)
    client_key: PrivateKey = field(default_factory=PrivateKey.generate)
    ndau_keys: tuple[PrivateKey, ...] = field(default_factory=_ndau_keys)

    @property
    def ndau_texts(self) -> tuple[str, ...]:
        return tuple(str(key.public_key()) for key in self.ndau_keys)


class ServiceProcess:
    """Always on the same port and home, however often it is started."""

    def __init__(self, folder: Path, parties: Parties, options: Mapping[str, object]) -> None:
        self.home = folder / "signer"
        self._log = folder / "signer.log"
        self._crashes = folder / "crashes"
        self._crashes.mkdir(exist_ok=True)
        self._parties = parties
        self._options = options
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"{'wss' if 'certificate' in self._options else 'ws'}://127.0.0.1:{self.port}"

    @property
    def log(self) -> list[str]:
        """What all starts have logged so far, a line each."""
        return self._log.read_text().splitlines()

    @property
    def statistics(self) -> psutil.Process:
        assert self._process
        return psutil.Process(self._process.pid)

    def start(self) -> None:
        """Return when it accepts connections."""
        given = {
            "port": self.port,
            "home": str(self.home),
            "service_key": str(self._parties.service_key),
            "client_key": str(self._parties.client_key.public_key()),
            "ndau_keys": [str(key) for key in self._parties.ndau_keys],
            "options": self._options,
        }
        program = Path(__file__).with_name("service_process.py")
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | {VARIABLE: str(self._crashes)},
            )
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(given))
        self._process.stdin.close()
        assert self._process.stdout.readline().startswith("signing service ready: ")

    def die_at(self, place: str) -> None:
        """Have it killed when it comes by there."""
        (self._crashes / place).touch()

    def end(self, signal_number: int) -> int:
        """Send a signal; return the exit code."""
        assert self._process
        self._process.send_signal(signal_number)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; return the exit code."""
        assert self._process
        assert self._process.stdout
        code = self._process.wait(timeout=DEADLINE_SECONDS)
        self._process.stdout.close()
        self._process = None
        return code

    def kill(self) -> None:
        """End it if it runs."""
        if self._process:
            self.end(9)
