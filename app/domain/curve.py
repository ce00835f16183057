"""The price curve as points to draw, block by block."""

from dataclasses import dataclass
from functools import lru_cache

from app.domain.errors import InvalidInput
from app.domain.price_curve import BLOCK_NAPU, FINAL_BLOCK, block_price

MOST_POINTS = 500
"""More than a chart is pixels wide on a phone; the curve has 30,000 steps."""

_MOST_AROUND = 1000


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One block of the curve.

    Attributes:
        block: counted from 0; of 1,000 ndau.
        price_nanocents: of everything in it.
        sold_napu: how much of it counts as sold, 0 to 1,000 ndau.
    """

    block: int
    price_nanocents: int
    sold_napu: int


def curve_points(basis_napu: int, blocks_around: int) -> tuple[CurvePoint, ...]:
    """Return the block that is being sold and up to so many before and after it.

    Args:
        basis_napu: the amount that the target price stands on.
        blocks_around: 0 to 1,000.

    Raises:
        InvalidInput: one of them is out of bounds.
    """
    if not 0 <= blocks_around <= _MOST_AROUND:
        raise InvalidInput(f"blocks_around is {blocks_around}; expected 0 to {_MOST_AROUND}")
    if basis_napu < 0:
        raise InvalidInput(f"the basis is {basis_napu} napu; expected 0 or more")
    current = basis_napu // BLOCK_NAPU
    return tuple(
        _point(block, basis_napu) for block in range(max(0, current - blocks_around), current + blocks_around + 1)
    )


@lru_cache(maxsize=4)
def whole_curve(points: int = MOST_POINTS) -> tuple[CurvePoint, ...]:
    """Return the curve from the first block to the last at which the price rises, thinned out; nothing of it counts as sold.

    Args:
        points: at most so many, 2 to 500; the first and the last block are always among them.

    Raises:
        InvalidInput: `points` is out of bounds.
    """
    if not 2 <= points <= MOST_POINTS:  # noqa: PLR2004  the first and the last
        raise InvalidInput(f"points is {points}; expected 2 to {MOST_POINTS}")
    blocks = [FINAL_BLOCK * number // (points - 1) for number in range(points)]
    return tuple(_point(block, 0) for block in blocks)


def _point(block: int, basis_napu: int) -> CurvePoint:
    sold = min(max(basis_napu - block * BLOCK_NAPU, 0), BLOCK_NAPU)
    return CurvePoint(block, block_price(block), sold)
