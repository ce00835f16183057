import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.offers import Level, desired_stack, first_fallen_level
from app.domain.price_curve import BLOCK_NAPU, target_price

ISSUED = st.integers(0, 31_000 * BLOCK_NAPU)
DEPTHS = st.integers(1, 10)


@given(ISSUED, DEPTHS)
def test_the_first_level_is_the_rest_of_the_block_at_the_target_price(issued: int, depth: int) -> None:
    first = desired_stack(issued, depth)[0]
    assert first.price_nanocents == target_price(issued)
    assert 0 < first.quantity_napu <= BLOCK_NAPU
    assert (issued + first.quantity_napu) % BLOCK_NAPU == 0


@given(ISSUED, DEPTHS)
def test_buying_a_level_moves_the_stack_up_by_one(issued: int, depth: int) -> None:
    stack = desired_stack(issued, depth + 1)
    assert desired_stack(issued + stack[0].quantity_napu, depth) == stack[1:]


@given(ISSUED, DEPTHS, st.integers(0, BLOCK_NAPU * 3))
def test_selling_more_never_lowers_a_level(issued: int, depth: int, more: int) -> None:
    assert first_fallen_level(desired_stack(issued + more, depth), desired_stack(issued, depth)) is None


def test_a_fallen_level_is_named() -> None:
    assert first_fallen_level((Level(2, 1), Level(3, 1)), (Level(2, 9), Level(4, 1))) == 1


@pytest.mark.parametrize("depth", [0, -1, 101])
def test_an_impossible_depth_is_refused(depth: int) -> None:
    with pytest.raises(InvalidInput, match="depth"):
        desired_stack(0, depth)
