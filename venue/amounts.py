"""Decimal text to integers and back, exactly.

Balances of every asset are counted in units of 10^-12, so that a price tick times a quantity step is a whole number of
units for any market a venue may list.
"""

import re
from decimal import Decimal

from venue.errors import InvalidRequest

UNIT_DIGITS = 12
UNITS_PER_WHOLE: int = 10**UNIT_DIGITS

# Fewer than 16 whole digits: far above any supply, and it bounds the work that a hostile request can ask for.
_DECIMAL_TEXT = re.compile(r"(?a:(\d{1,15})(?:\.(\d{1,30}))?)")


def units_from(text: str, what: str) -> int:
    """Return plain decimal text, such as "12.5", in units of 10^-12.

    Args:
        text: digits, optionally a point and digits; no sign, no exponent.
        what: the amount's name, for the error.

    Raises:
        InvalidRequest: it is not plain decimal text, or finer than 10^-12.
    """
    found = _DECIMAL_TEXT.fullmatch(text)
    if found is None:
        raise InvalidRequest(f'{what} must be plain decimal text such as "12.5", not {text[:40]!r}')
    whole: str = found[1]
    fraction: str = (found[2] or "").rstrip("0")
    if len(fraction) > UNIT_DIGITS:
        raise InvalidRequest(f"{what} has more than {UNIT_DIGITS} digits after the point: {text}")
    return int(whole) * UNITS_PER_WHOLE + int(fraction.ljust(UNIT_DIGITS, "0"))


def decimal_from(units: int, minimum_digits: int = 0) -> Decimal:
    """Return units as a Decimal without trailing zeros, but with at least this many digits after the point."""
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), UNITS_PER_WHOLE)
    digits = f"{fraction:0{UNIT_DIGITS}d}".rstrip("0").ljust(minimum_digits, "0")
    return Decimal(f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}")


def digits_of(units: int) -> int:
    """Return how many digits after the point a grid of this spacing needs: 2 for 0.01, 0 for 5."""
    exponent = decimal_from(units).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
