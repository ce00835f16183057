"""What every benchmark's script does around its parts."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import NoReturn

from rich.console import Console

from benchmarks.figures import Part, show
from benchmarks.processes import BenchmarkFailed

_WIDTH = 130
"""Of the tables when they go into a file."""


def run(description: str, parts: Callable[..., Iterable[Part]]) -> int:
    """Run the parts, quick or not, and print each; return 1 when one gave no figure. A missed target is a figure."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="fewer samples of everything")
    quick = parser.parse_args().quick
    _forget_other_deployments()
    signal.signal(signal.SIGTERM, _end)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start", "")
    try:
        for part in parts(quick=quick):
            show(console, part)
    except BenchmarkFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    console.print(f"load {os.getloadavg()[0]:.1f} at the end")
    return 0


def _forget_other_deployments() -> None:
    """Drop every setting of ours from the environment: nothing measured here may touch a ledger in use."""
    for name in [name for name in os.environ if name.startswith("MEIC_")]:
        del os.environ[name]


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(143)
