"""Run and watch the processes of a local instance with circus, which starts again what dies."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from configparser import ConfigParser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from circus.client import CircusClient
from circus.exc import CallError

from app.domain.errors import InvalidInput
from app.local.processes import Process

_ANSWER_SECONDS = 30.0
_LONG_LOG_BYTES = 20_000_000
_INTO_LOG = 'log=$0; exec "$@" >>"$log" 2>&1'
"""What the shell does with a log's path and a command. The shell becomes the command, so its process is the one watched.

circus could capture the output itself, but after a kill it may find a dead process's pipe under a number that is in use
again ("fd added twice"), and from then on it starts nothing any more.
"""
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One supervised process.

    Attributes:
        pid: None while it is not running.
        memory_bytes: resident, its children included.
    """

    name: str
    pid: int | None
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The supervising process and the door to it."""

    process: subprocess.Popen[bytes]
    endpoint: str
    names: tuple[str, ...]

    def statuses(self) -> list[ProcessStatus]:
        """Return how each process is; none running while the supervisor itself does not answer."""
        answer = self._ask("status")
        return (
            [self._status(name) for name in self.names] if answer else [ProcessStatus(n, None, 0) for n in self.names]
        )

    def stop(self, name: str) -> None:
        """Stop one process and leave it stopped."""
        self._ask("stop", name=name, waiting=True)

    def stop_all(self, names: Sequence[str]) -> None:
        """Stop several processes at the same time, and wait until they have ended.

        In one command: the supervisor refuses a second while it carries out the first.
        """
        self._ask("stop", name=f"^({'|'.join(names)})$", match="regex", waiting=True)

    def start(self, name: str) -> None:
        """Start one process that was stopped."""
        self._ask("start", name=name, waiting=True)

    def is_running(self) -> bool:
        """Tell whether the supervisor itself is."""
        return self.process.poll() is None

    def _status(self, name: str) -> ProcessStatus:
        pids = self._ask("list", name=name).get("pids", [])
        pid = pids[0] if pids else None
        return ProcessStatus(name, pid, _memory(pid) if pid else 0)

    def _ask(self, command: str, **properties: object) -> dict[str, list[int]]:
        client = CircusClient(endpoint=self.endpoint, timeout=_ANSWER_SECONDS)
        try:
            answer: dict[str, list[int]] = client.send_message(command, **properties)
        except CallError:
            return {}
        finally:
            client.stop()
        return answer


@contextmanager
def supervise(processes: Sequence[Process], *, environment: Mapping[str, str], logs: Path) -> Iterator[Supervisor]:
    """Run processes for the block; at its end each is asked to end, in reverse order, and waited for.

    They also end when this process is killed: the supervisor is told by the kernel.
    """
    folder = Path(tempfile.mkdtemp(prefix="meic-"))  # a socket's path must be short, a home's need not be
    try:
        endpoint = f"ipc://{folder}/control"
        configuration = folder / "circus.ini"
        _set_long_logs_aside(logs)
        _write(configuration, processes, logs, folder)
        with (logs / "supervisor.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and a file of ours
                [sys.executable, "-m", "circus.circusd", str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C is ours to pass on
                preexec_fn=_end_with_parent,  # noqa: PLW1509  no threads are running yet
            )
        supervisor = Supervisor(process, endpoint, tuple(process.name for process in processes))
        try:
            yield supervisor
        finally:
            # Those first that need the others to end well: a worker cut off from its broker leaves its message behind.
            supervisor.stop_all([process.name for process in processes if not process.is_world])
            _end(process, max(process.stop_seconds for process in processes))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_no_other(folder: Path) -> None:
    """Refuse to start a home twice.

    Raises:
        InvalidInput: a process of that home is running; the message names it.
    """
    for process in psutil.process_iter(["pid", "cmdline"]):
        try:
            home = process.environ().get("MEIC_SUPERVISED_HOME")
        except (psutil.Error, OSError):
            continue
        if home == str(folder) and process.pid != os.getpid():
            command = " ".join(process.info["cmdline"][:4])
            raise InvalidInput(
                f"{folder} is in use by process {process.pid} ({command}); end it first, or set MEIC_HOME to another folder"
            )


def _write(path: Path, processes: Sequence[Process], logs: Path, folder: Path) -> None:
    ini = ConfigParser(interpolation=None)
    ini.optionxform = str  # type: ignore[assignment,method-assign]  # names of variables keep their case
    ini["circus"] = {
        "endpoint": f"ipc://{folder}/control",
        "pubsub_endpoint": f"ipc://{folder}/events",
        "check_delay": "0.5",
        "loglevel": "info",
    }
    for position, process in enumerate(processes):
        ini[f"watcher:{process.name}"] = {
            "cmd": "/bin/sh",
            "args": " ".join(
                _quoted(word) for word in ("-c", _INTO_LOG, str(logs / f"{process.name}.log"), *process.command)
            ),
            "priority": str(len(processes) - position),
            "max_retry": "-1",  # never give up: what it waits for may come back
            "graceful_timeout": str(process.stop_seconds),
            "copy_env": "True",
        }
        if process.environment:
            ini[f"env:{process.name}"] = process.environment
    with path.open("w", encoding="utf-8") as file:
        ini.write(file)


def _set_long_logs_aside(logs: Path) -> None:
    """Begin anew what has grown long; of each log the one before is kept."""
    for log in logs.glob("*.log"):
        if log.stat().st_size > _LONG_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\"'\"'") + "'"


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes], stop_seconds: float) -> None:
    process.terminate()
    try:
        process.wait(stop_seconds + 10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _memory(pid: int) -> int:
    try:
        process = psutil.Process(pid)
        return sum(member.memory_info().rss for member in [process, *process.children(recursive=True)])
    except psutil.Error:
        return 0
