"""The price curve, and where we stand on it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AliasPath, Field

from app.console.api.amounts import Ndau, Price, Units
from app.console.api.answers import Answer, read
from app.console.api.parties import Onlooker, Parts
from app.console.api.problems import problems
from app.domain.curve import curve_points, whole_curve
from app.domain.price_curve import BLOCK_NAPU

router = APIRouter(tags=["overview"])


class Block(Answer):
    """One block of 1,000 ndau."""

    block: int = Field(description="Counted from 0.")
    price_usd: Price = Field(validation_alias=AliasPath("price_nanocents"))
    price_nanocents: Units
    sold_napu: Units = Field(description="How much of it counts as sold.")
    sold_ndau: Ndau = Field(validation_alias=AliasPath("sold_napu"))


class Curve(Answer):
    """The blocks around the one that is being sold."""

    basis_napu: str | None = Field(
        description="Everything issued or sold, which the price stands on; null before the first decision."
    )
    block: int | None = Field(description="The block that is being sold; null before the first decision.")
    blocks: list[Block]


class WholeCurve(Answer):
    """The curve, thinned out; nothing of it counts as sold."""

    blocks: list[Block]


@router.get("/curve", responses=problems())
def curve(
    parts: Parts,
    _: Onlooker,
    *,
    around: Annotated[int, Query(ge=0, le=1000, description="So many blocks before it and after it.")] = 50,
) -> Curve:
    """Tell where we stand on the price curve, block by block."""
    basis = parts.records.basis_napu()
    if basis is None:
        return Curve(basis_napu=None, block=None, blocks=[])
    blocks = [read(parts, Block, point) for point in curve_points(basis, around)]
    return Curve(basis_napu=str(basis), block=basis // BLOCK_NAPU, blocks=blocks)


@router.get("/curve/whole", responses=problems())
def whole(
    parts: Parts, _: Onlooker, *, points: Annotated[int, Query(ge=2, le=500, description="At most so many.")] = 500
) -> WholeCurve:
    """Return the price curve from the first block to the last at which the price rises."""
    return WholeCurve(blocks=[read(parts, Block, point) for point in whole_curve(points)])
