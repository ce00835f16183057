"""How fast and how large the coordinator is: prints a table for each figure, with its yardstick from the same run.

    python benchmarks/coordinator.py [--quick]

Everything runs on this machine, in folders that are deleted afterwards; benchmarks/README.md tells what is measured.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only

from benchmarks.figures import Part
from benchmarks.instance import running_instance
from benchmarks.parts import issuing, memory, recording
from benchmarks.script import run


def _parts(*, quick: bool) -> Iterator[Part]:
    with running_instance() as instance:
        yield issuing.measure(instance, quick=quick)
        yield memory.measure(instance)
    yield recording.measure(quick=quick)


if __name__ == "__main__":
    sys.exit(run("Measure the coordinator: about two minutes, or one with --quick.", _parts))
