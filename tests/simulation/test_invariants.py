"""Each invariant notices a build with a mistake that it is there for, and the same build without the mistake passes."""

from collections.abc import Iterator

import pytest

from tests.simulation import invariants, rest
from tests.simulation.ledger import LedgerFile
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.run import Outcome, ledger_file, run_seed

MOST_SEEDS = 60


@pytest.fixture(scope="module")
def file() -> Iterator[LedgerFile]:
    with ledger_file() as opened:
        yield opened


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.mistake.replace(" ", "-") for mutant in MUTANTS])
def test_a_mistake_is_noticed(file: LedgerFile, mutant: Mutant) -> None:
    found = first_violation(file, mutant)
    assert found.violation is not None
    assert found.violation.invariant == mutant.noticed_by
    assert run_seed(found.seed, file, often=mutant.often).violation is None, "it fails without the mistake too"


def test_every_invariant_has_a_mistake_that_it_notices() -> None:
    names = {
        value
        for module in (invariants, rest)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and name != "FIRST_HASH"
    }
    assert {mutant.noticed_by for mutant in MUTANTS} == names


def first_violation(file: LedgerFile, mutant: Mutant) -> Outcome:
    with mutant.built(file):
        for seed in range(1, MOST_SEEDS + 1):
            outcome = run_seed(seed, file, only=mutant.noticed_by, often=mutant.often)
            if outcome.violation is not None:
                return outcome
    pytest.fail(f"{MOST_SEEDS} seeds did not notice that {mutant.mistake}")
