"""How fast and how large the coordinator is: prints a table for each figure, with its yardstick from the same run.

    python benchmarks/coordinator.py [--quick]

Everything runs on this machine, in folders that are deleted afterwards; benchmarks/README.md tells what is measured.
"""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only

from benchmarks.figures import show
from benchmarks.instance import running_instance
from benchmarks.parts import issuing, memory, outage, publishing, recording
from benchmarks.processes import BenchmarkFailed

_WIDTH = 130
"""Of the tables when they go into a file."""


def main() -> int:
    """Run every part; return 1 when one gave no figure. A missed target is a figure."""
    parser = argparse.ArgumentParser(description="Measure the coordinator: about four minutes, or one with --quick.")
    parser.add_argument("--quick", action="store_true", help="fewer samples of everything")
    quick = parser.parse_args().quick
    _forget_other_deployments()
    signal.signal(signal.SIGTERM, _end)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start", "")
    try:
        with running_instance() as instance:
            show(console, issuing.measure(instance, quick=quick))
            show(console, memory.measure(instance))
        show(console, recording.measure(quick=quick))
        show(console, publishing.measure(quick=quick))
        if not quick:
            show(console, outage.measure())
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


if __name__ == "__main__":
    sys.exit(main())
