"""How soon the coordinator hears of its exchanges and they of it, and what each costs: prints a table for each figure.

    python benchmarks/exchanges.py [--quick]

Everything runs on this machine, in folders that are deleted afterwards; benchmarks/README.md tells what is measured.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only

from benchmarks.figures import Part
from benchmarks.instance import running_instance
from benchmarks.parts import clients, doorbell, outage, publishing, streamed, upkeep
from benchmarks.script import run
from benchmarks.stream_world import stream_world


def _parts(*, quick: bool) -> Iterator[Part]:
    yield publishing.measure(quick=quick)
    with running_instance() as instance:
        yield streamed.measure(instance, quick=quick)
    with tempfile.TemporaryDirectory(prefix="meic-bench-") as folder, stream_world(Path(folder)) as world:
        yield doorbell.measure(world, quick=quick)
        yield clients.measure(world, quick=quick)
    yield upkeep.measure(quick=quick)
    if not quick:
        yield outage.measure()


if __name__ == "__main__":
    sys.exit(
        run("Measure what exchanges cost and how they are followed: about six minutes, or two with --quick.", _parts)
    )
