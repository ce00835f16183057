"""The target price of the next token, given how much has been issued.

The rule is ndau's monetary policy: the price is constant inside a block of 1,000 ndau and steps up at the next; it
starts at $1, doubles 14 times over the first 10,000 blocks (phase 1), follows a cubic to block 30,000 (phases 2 and 3),
and stays there. All arithmetic is on integers and truncates as ndau's own code does, so every block's price is exact.
"""

from functools import lru_cache

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT, NANOCENTS_PER_DOLLAR, NAPU_PER_NDAU

BLOCK_NAPU = 1000 * NAPU_PER_NDAU
"""How much is sold at one price."""

_PHASE_1_LAST_BLOCK = 10_000
FINAL_BLOCK = 30_000
_FINAL_PRICE_NANOCENTS = 50_045_083_000_000_000

_STEP_NUMERATOR, _STEP_DENOMINATOR = 1_000_970_974_193_617, 10**15
"""One block's growth in phase 1: 2^(14/9999), as ndau rounds it."""

_PRICE_AT_POWER_OF_TWO = (
    100000000000,
    100097097419,
    100291575187,
    100681665003,
    101466402368,
    103054274072,
    106304953285,
    113117158227,
    128079155775,
    164201982670,
    269884708015,
    729084792015,
    5320807694887,
    283384837710462,
)
"""Entry n is the price at block 2^n - 1: ndau computes from these, and rounds on the way, so we must too."""


def target_price(issued_napu: int) -> int:
    """Return the price of the next token, in nanocents, when `issued_napu` have been issued.

    Raises:
        InvalidInput: `issued_napu` is negative or does not fit 64 bits.
    """
    if not 0 <= issued_napu <= MAX_AMOUNT:
        raise InvalidInput(f"the issued quantity is {issued_napu} napu; expected 0 to {MAX_AMOUNT}")
    return block_price(issued_napu // BLOCK_NAPU)


def block_price(block: int) -> int:
    """Return the price, in nanocents, of a block of 1,000 tokens; blocks count from 0."""
    if block >= FINAL_BLOCK:
        return _FINAL_PRICE_NANOCENTS
    if block > _PHASE_1_LAST_BLOCK:
        return _cubic_price(block)
    return _phase_1_price(block)


def _cubic_price(block: int) -> int:
    dollars = (
        -41633 - block * 8286618 // 10**6 + block * block * 167424 // 10**8 - ((block**3 // 10**7) * 2654015) // 10**7
    )
    return dollars * NANOCENTS_PER_DOLLAR


@lru_cache(maxsize=1024)
def _phase_1_price(block: int) -> int:
    if block <= 1:
        return _PRICE_AT_POWER_OF_TWO[block]
    power = min(block.bit_length() - 1, len(_PRICE_AT_POWER_OF_TWO) - 1)
    first = 2**power
    price = _PRICE_AT_POWER_OF_TWO[power]
    for _ in range(block - first + 1):
        price = price * _STEP_NUMERATOR // _STEP_DENOMINATOR
    return price
