from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.curve import MOST_POINTS, curve_points, whole_curve
from app.domain.errors import InvalidInput
from app.domain.price_curve import BLOCK_NAPU, block_price, target_price


@given(st.integers(0, 40_000 * BLOCK_NAPU), st.integers(0, 20))
def test_all_blocks_before_the_one_being_sold_are_sold_and_none_after_it(basis: int, around: int) -> None:
    points = curve_points(basis, around)
    current = basis // BLOCK_NAPU
    assert [point.block for point in points] == list(range(max(0, current - around), current + around + 1))
    here = next(point for point in points if point.block == current)
    assert (here.price_nanocents, here.sold_napu) == (target_price(basis), basis % BLOCK_NAPU)
    assert all(point.sold_napu == BLOCK_NAPU for point in points if point.block < current)
    assert all(point.sold_napu == 0 for point in points if point.block > current)


@pytest.mark.parametrize("points", [2, 3, 77, MOST_POINTS])
def test_the_whole_curve_goes_from_the_first_block_to_the_last_step_and_never_falls(points: int) -> None:
    curve = whole_curve(points)
    assert len(curve) == points
    assert (curve[0].block, curve[0].price_nanocents) == (0, 10**11)
    assert block_price(curve[-1].block - 1) < curve[-1].price_nanocents == block_price(10**6)
    assert all(
        before.block < after.block and before.price_nanocents <= after.price_nanocents
        for before, after in pairwise(curve)
    )


@pytest.mark.parametrize(("basis", "around"), [(-1, 1), (0, -1), (0, 1001)])
def test_what_cannot_be_drawn_is_refused(basis: int, around: int) -> None:
    with pytest.raises(InvalidInput, match="expected 0"):
        curve_points(basis, around)


@pytest.mark.parametrize("points", [1, 501])
def test_more_points_than_a_chart_can_show_are_refused(points: int) -> None:
    with pytest.raises(InvalidInput, match=f"points is {points}; expected 2 to 500"):
        whole_curve(points)
