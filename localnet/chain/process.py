"""A local chain as a process of its own, for tests and demonstrations."""

import select
import subprocess
import sys
from pathlib import Path
from typing import Self

from app.domain.errors import ChainUnavailable
from localnet.chain.genesis import Genesis, write_genesis

_READY_SECONDS = 30.0
_END_SECONDS = 10.0


class ChainProcess:
    """A running chain; a context manager that ends it.

    Attributes:
        url: where its API is.
    """

    def __init__(self, home: Path, *arguments: str) -> None:
        # The interpreter and every argument are our own.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "localnet.chain", "--home", str(home), *arguments], stdout=subprocess.PIPE, text=True
        )
        line = self._ready_line()
        if not line:
            self.kill()
            raise ChainUnavailable(f"the chain in {home} did not start; its own words are on stderr")
        self.url = line.split()[-1]

    @classmethod
    def start(
        cls,
        home: Path,
        genesis: Genesis | None = None,
        *,
        port: int = 0,
        block_seconds: float = 0.0,
        index_lag_seconds: float = 0.0,
    ) -> Self:
        """Start the chain of a folder and wait until it answers; `genesis` is written first when it is given.

        Raises:
            ChainUnavailable: it ended, or was not ready within half a minute.
        """
        if genesis is not None:
            write_genesis(home / "genesis.json", genesis)
        return cls(
            home,
            *("--port", str(port)),
            *("--block-seconds", str(block_seconds)),
            *("--index-lag-seconds", str(index_lag_seconds)),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()
        self._close()

    def stop(self) -> int:
        """End it in an orderly way; return its status."""
        self._process.terminate()
        try:
            return self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._close()

    def kill(self) -> None:
        """End it as a crash would, with SIGKILL."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _ready_line(self) -> str:
        output = self._process.stdout
        if output is None or not select.select([output], [], [], _READY_SECONDS)[0]:
            return ""
        return output.readline()

    def _close(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()
