"""How quickly the console answers when the ledger is full, and how soon it shows what happens: a table for each figure.

    python benchmarks/console.py [--quick]

Everything runs on this machine, in folders that are deleted afterwards; benchmarks/README.md tells what is measured.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only

from benchmarks.figures import Part
from benchmarks.instance import running_instance
from benchmarks.parts import pages, seen
from benchmarks.script import run


def _parts(*, quick: bool) -> Iterator[Part]:
    with running_instance() as instance:
        yield seen.measure(instance, quick=quick)
    yield from pages.measure(quick=quick)


if __name__ == "__main__":
    sys.exit(run("Measure the console: about ten minutes, or two with --quick.", _parts))
