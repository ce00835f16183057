"""What every exchange should be offering: the stack."""

from dataclasses import dataclass

from app.domain.errors import InvalidInput
from app.domain.price_curve import BLOCK_NAPU, block_price, target_price

MAX_DEPTH = 100
"""More levels than this would only be noise on any exchange's book."""


@dataclass(frozen=True, slots=True)
class Level:
    """A quantity to sell at a price."""

    price_nanocents: int
    quantity_napu: int


Stack = tuple[Level, ...]
"""Levels by rising price; the first is what can be bought now."""


def desired_stack(issued_napu: int, depth: int) -> Stack:
    """Return what to offer when `issued_napu` have been sold: `depth` levels.

    Level 0 is what is left of the current block at the block's price; the next levels are full blocks at theirs.
    Past the curve's last step every block has the same price; they stay separate levels here, and are joined
    where a market rounds them to one price.

    Raises:
        InvalidInput: `depth` is not 1 to 100, or `issued_napu` is not a valid amount.
    """
    if not 1 <= depth <= MAX_DEPTH:
        raise InvalidInput(f"depth is {depth}; expected 1 to {MAX_DEPTH} levels")
    first = Level(target_price(issued_napu), BLOCK_NAPU - issued_napu % BLOCK_NAPU)
    block = issued_napu // BLOCK_NAPU
    return first, *(Level(block_price(block + n), BLOCK_NAPU) for n in range(1, depth))


def first_fallen_level(stack: Stack, published: Stack) -> int | None:
    """Return the first level whose price is below that of the last published stack, or None when none is.

    The curve never falls, so a fallen level means that one of the two was computed from a wrong number.
    Only levels that both stacks have are compared.
    """
    for number, (new, old) in enumerate(zip(stack, published, strict=False)):
        if new.price_nanocents < old.price_nanocents:
            return number
    return None
