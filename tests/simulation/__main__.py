"""Run seeds: `python -m tests.simulation --seeds 1000`, or one with its trace: `--seed 17 --trace`."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.faults import Fault, Luck
from tests.simulation.run import Outcome, ledger_file, run_seed

_SHARE = 10
"""Seeds that a process gets at a time."""


def run_seeds(seeds: range) -> list[Outcome]:
    """Run some seeds in this process."""
    with ledger_file() as file:
        return [run_seed(seed, file) for seed in seeds]


def run_everywhere(first: int, count: int, jobs: int) -> Iterator[Outcome]:
    """Run many seeds on several cores, and yield how each ended, in their order."""
    shares = [range(start, min(start + _SHARE, first + count)) for start in range(first, first + count, _SHARE)]
    with ProcessPoolExecutor(jobs) as pool:
        for outcomes in pool.map(run_seeds, shares):
            yield from outcomes


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; 1 when an invariant was violated."""
    options = _parser().parse_args(arguments)
    if options.seed is not None:
        return _run_one(options.seed, is_shown=options.trace)
    began = time.monotonic()
    steps, failed, happened = 0, 0, Counter[str]()
    for outcome in run_everywhere(options.first, options.seeds, options.jobs):
        steps, happened = steps + outcome.steps, happened + outcome.happened
        if outcome.violation is not None:
            failed += 1
            _say(f"seed {outcome.seed}: {outcome.violation}\n    {replay_command(outcome.seed)}")
    seconds = time.monotonic() - began
    _say(_table(happened))
    _say(f"{options.seeds} seeds, {steps} steps, {failed} violations; {options.seeds / seconds:.1f} seeds/s")
    return 1 if failed else 0


def replay_command(seed: int) -> str:
    """Return the command that runs a seed again and shows every step."""
    return f"make simulate SEED={seed}"


def _run_one(seed: int, *, is_shown: bool) -> int:
    with ledger_file() as file:
        outcome = run_seed(seed, file, _say if is_shown else None)
    _say(f"seed {seed}: {outcome.steps} steps, trace {outcome.trace_hash}: {outcome.violation or 'all is well'}")
    return 1 if outcome.violation else 0


def _table(happened: Counter[str]) -> str:
    names: list[str] = [*Fault, *Luck]
    return "\n".join(f"{happened[name]:>9}  {name}" for name in names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (default 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--seed", type=int, help="run this one only")
    parser.add_argument("--trace", action="store_true", help="with --seed: show every step")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
