"""A second issuer beside the one that the supervisor runs: started by hand, or by a mistake."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.functional.faults.world import World
from tests.functional.instance import MEIC, wait_until

_COMMAND = (
    *(str(Path(MEIC).with_name("celery")), "-A", "app", "worker", "--queues", "issue"),
    *("--pool", "prefork", "--concurrency", "1", "--hostname", "second@%h"),
)


@dataclass(slots=True)
class SecondIssuer:
    """The other issuer's worker; whoever kills it starts it again.

    Attributes:
        environment: that of the first, so that both have the same settings.
    """

    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                _COMMAND, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )

    def is_running(self) -> bool:
        """Tell whether its main process is."""
        return self.process is not None and self.process.poll() is None

    def child(self) -> int | None:
        """The one process of its pool, None while there is none."""
        with suppress(psutil.Error):
            children = psutil.Process(self.process.pid).children() if self.process else []
            return children[0].pid if children else None
        return None

    def end(self) -> None:
        """End it and its child, whatever they are doing."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


@contextmanager
def second_issuer(world: World) -> Iterator[SecondIssuer]:
    """Run a second issuer for the block."""
    wait_until(lambda: world.pid_of("issuer") is not None, 30, "the first issuer is running")
    main = psutil.Process(world.pid_of("issuer"))
    second = SecondIssuer(main.environ(), world.instance.home.logs / "second.log")
    second.start()
    try:
        wait_until(lambda: second.child() is not None, 60, "the second issuer is running")
        yield second
    finally:
        second.end()
