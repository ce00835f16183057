"""Whatever goes wrong, in whatever order: nothing is issued twice or lost, and never is too much on offer."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulation.__main__ import replay_command, run_everywhere
from tests.simulation.faults import Fault, Luck
from tests.simulation.ledger import LedgerFile
from tests.simulation.run import Outcome, ledger_file, run_seed

SEEDS = 200
MOST_JOBS = 4


@pytest.fixture(scope="module")
def file() -> Iterator[LedgerFile]:
    with ledger_file() as opened:
        yield opened


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return list(run_everywhere(1, SEEDS, min(MOST_JOBS, os.cpu_count() or 1)))


@pytest.mark.timeout(600)
def test_every_invariant_holds_in_every_world(outcomes: list[Outcome]) -> None:
    failed = [f"{replay_command(each.seed)}: {each.violation}" for each in outcomes if each.violation]
    assert failed == []


def test_every_fault_truly_happens(outcomes: list[Outcome]) -> None:
    happened = sum((each.happened for each in outcomes), Counter[str]())
    assert [name for name in (*Fault, Luck.VOID) if not happened[name]] == []


def test_a_seed_gives_the_same_trace_every_time(file: LedgerFile) -> None:
    for seed in (3, 8):
        first, second = (run_seed(seed, file, often=tuple(Fault)) for _ in range(2))
        assert (first.trace_hash, first.steps) == (second.trace_hash, second.steps)


def test_two_seeds_give_two_traces(file: LedgerFile) -> None:
    assert run_seed(1, file).trace_hash != run_seed(2, file).trace_hash
