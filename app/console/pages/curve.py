"""Where we stand on the price curve, as charts' coordinates and as rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.curve import CurvePoint, curve_points, whole_curve
from app.domain.money import NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU
from app.domain.price_curve import BLOCK_NAPU

Coordinates = list[list[float]]

NDAU_A_BLOCK = BLOCK_NAPU // NAPU_PER_NDAU

_AROUND = 20
_ROWS_BEFORE, _ROWS_AFTER = 2, 6


@dataclass(frozen=True, slots=True)
class Curve:
    """Where we stand.

    Attributes:
        current: the block that is being sold.
        following: the one after it.
        rows: the blocks around it.
        near: more of them, as two rows of coordinates: ndau and dollars. No sum of money rests on these.
        whole: the whole curve likewise.
    """

    basis_napu: int
    current: CurvePoint
    following: CurvePoint
    rows: tuple[CurvePoint, ...]
    near: Coordinates
    whole: Coordinates

    @property
    def left_napu(self) -> int:
        """What is left at the present price."""
        return BLOCK_NAPU - self.current.sold_napu

    @property
    def points(self) -> dict[str, object]:
        """What the charts are drawn from."""
        return {
            "basis": self.basis_napu / NAPU_PER_NDAU,
            "price": self.current.price_nanocents / NANOCENTS_PER_DOLLAR,
            "near": self.near,
            "whole": self.whole,
        }


def curve_at(basis_napu: int) -> Curve:
    """Return the curve around an amount."""
    near = curve_points(basis_napu, _AROUND)
    here = min(basis_napu // BLOCK_NAPU, _AROUND)
    return Curve(
        basis_napu,
        near[here],
        near[here + 1],
        near[max(0, here - _ROWS_BEFORE) : here + _ROWS_AFTER + 1],
        _coordinates(near),
        _coordinates(whole_curve()),
    )


def _coordinates(points: Sequence[CurvePoint]) -> Coordinates:
    return [
        [point.block * NDAU_A_BLOCK for point in points],
        [point.price_nanocents / NANOCENTS_PER_DOLLAR for point in points],
    ]
