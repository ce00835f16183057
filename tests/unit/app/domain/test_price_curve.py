import csv
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.domain.price_curve import BLOCK_NAPU, block_price, target_price

VECTORS = Path(__file__).parents[3] / "data" / "target-price-by-block.csv"


def test_every_vector_of_the_chains_own_code_is_met() -> None:
    with VECTORS.open() as file:
        rows = [(int(row["block"]), int(row["price_nanocents"])) for row in csv.DictReader(file)]
    assert len(rows) > 4000
    assert [(block, block_price(block)) for block, _ in rows] == rows


def test_the_price_never_falls_in_phase_one_nor_at_the_end() -> None:
    prices = [block_price(block) for block in (*range(10_001), *range(29_000, 30_005))]
    assert all(before <= after for before, after in itertools.pairwise(prices))


@given(st.integers(0, 30_100), st.integers(0, BLOCK_NAPU - 1))
def test_the_price_is_the_same_all_through_a_block(block: int, offset: int) -> None:
    assert target_price(block * BLOCK_NAPU + offset) == block_price(block)


@pytest.mark.parametrize("issued", [-1, MAX_AMOUNT + 1])
def test_an_impossible_total_is_refused(issued: int) -> None:
    with pytest.raises(InvalidInput, match="issued quantity"):
        target_price(issued)


def test_the_largest_total_has_the_final_price() -> None:
    assert target_price(MAX_AMOUNT) == 50_045_083_000_000_000
