"""Amounts as integers: napu of the token, nanocents of the dollar; text only at the edges."""

import re
from decimal import Decimal

from app.domain.errors import InvalidInput

NAPU_PER_NDAU = 10**8
NANOCENTS_PER_DOLLAR = 10**11
MAX_AMOUNT = 2**63 - 1
"""The largest amount the blockchain and the ledger can hold: a signed 64-bit integer."""

_DECIMAL = re.compile(r"(\d+)(?:\.(\d+))?")


def checked_amount(amount: int, *, what: str) -> int:
    """Return the amount unchanged if it lies in 0..2^63-1.

    Raises:
        InvalidInput: it does not; `what` names the amount in the message.
    """
    if not 0 <= amount <= MAX_AMOUNT:
        raise InvalidInput(f"{what} is {amount}; expected 0 to {MAX_AMOUNT} (a signed 64-bit integer)")
    return amount


def parse_ndau(text: str, *, what: str = "quantity") -> int:
    """Read decimal ndau ("1.5") as napu, exactly: at most 8 fraction digits, no sign, no exponent.

    Raises:
        InvalidInput: the text is no such number, or does not fit 64 bits.
    """
    return _parse(text, digits=8, what=what, unit="ndau")


def parse_dollars(text: str, *, what: str = "price") -> int:
    """Read decimal dollars ("1.00097097419") as nanocents, exactly: at most 11 fraction digits, no sign, no exponent.

    Raises:
        InvalidInput: the text is no such number, or does not fit 64 bits.
    """
    return _parse(text, digits=11, what=what, unit="dollars")


def format_ndau(napu: int) -> str:
    """Write napu as decimal ndau without trailing zeros: 150000000 is "1.5"."""
    return _format(napu, digits=8)


def format_dollars(nanocents: int) -> str:
    """Write nanocents as decimal dollars without trailing zeros: 100097097419 is "1.00097097419"."""
    return _format(nanocents, digits=11)


def napu_to_decimal(napu: int) -> Decimal:
    """Return napu as an exact Decimal of ndau, for an exchange's edge."""
    return Decimal(napu).scaleb(-8)


def nanocents_to_decimal(nanocents: int) -> Decimal:
    """Return nanocents as an exact Decimal of dollars, for an exchange's edge."""
    return Decimal(nanocents).scaleb(-11)


def proceeds_nanocents(quantity_napu: int, price_nanocents: int) -> int:
    """Return what a quantity sells for at a price, in nanocents, fractions of a nanocent cut off."""
    return quantity_napu * price_nanocents // NAPU_PER_NDAU


def _parse(text: str, *, digits: int, what: str, unit: str) -> int:
    match = _DECIMAL.fullmatch(text.strip()) if text.isascii() else None
    whole, fraction = match.groups(default="") if match else ("", "")
    fraction = fraction.rstrip("0")
    if not match or len(fraction) > digits:
        raise InvalidInput(f"{what} is {text!r}; expected decimal {unit} with at most {digits} fraction digits")
    if len(whole) > 19:  # noqa: PLR2004  no 64-bit integer is longer; int() of a huge text is slow, and refused by Python itself
        raise InvalidInput(f"{what} is {text[:24]!r}...; expected at most {MAX_AMOUNT} units of 10^-{digits} {unit}")
    return checked_amount(int(whole) * 10**digits + int(fraction.ljust(digits, "0")), what=what)


def _format(amount: int, *, digits: int) -> str:
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), 10**digits)
    text = f"{fraction:0{digits}d}".rstrip("0")
    return f"{sign}{whole}.{text}" if text else f"{sign}{whole}"
