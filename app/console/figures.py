"""Write figures for people: amounts exact, times in UTC, ages in words."""

from datetime import UTC, datetime

from app.domain.money import NAPU_PER_NDAU

_NANOCENT_DIGITS = 11
_FEWEST_DIGITS = 2
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def ndau(napu: int) -> str:
    """Write napu as ndau, exactly, its thousands apart: 123456000000000 is "1,234,560"."""
    return _decimal(napu, 8, fewest=0)


def price(nanocents: int) -> str:
    """Write nanocents as dollars, exactly, with at least two digits: 1702000000000 is "17.02"."""
    return _decimal(nanocents, _NANOCENT_DIGITS, fewest=_FEWEST_DIGITS)


def proceeds(napu_nanocents: int) -> str:
    """Write a product of napu and nanocents as dollars, exactly, with at least two digits."""
    return _decimal(napu_nanocents, _NANOCENT_DIGITS + 8, fewest=_FEWEST_DIGITS)


def rounded_proceeds(napu_nanocents: int) -> str:
    """Write a product of napu and nanocents as whole cents, what is less cut off."""
    cents = abs(napu_nanocents) * 100 // (10**_NANOCENT_DIGITS * NAPU_PER_NDAU)
    sign = "-" if napu_nanocents < 0 and cents else ""
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"


def grouped(number: int) -> str:
    """Write a number with its thousands apart."""
    return f"{number:,}"


def unit_of(currency: str) -> str:
    """Return what a price of a market is in: "" is the dollar."""
    return currency or "USD"


def moment(time: datetime) -> str:
    """Write a time to the second: "2026-11-21 20:33:07 UTC"."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def machine_moment(time: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the millisecond, for browsers and files."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span(seconds: float) -> str:
    """Write how long something took: "0.42 s", "3.1 s", "2 min 05 s", "3 h 20 min", "4 d 2 h"."""
    if seconds < 0:
        return f"-{span(-seconds)}"
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < _MINUTE:
        return f"{int(seconds * 10) / 10:g} s"
    whole = int(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def ago(time: datetime, now: datetime) -> str:
    """Write how long ago a time is, in its largest unit: "3 s ago"; one to come is "in 3 s"."""
    seconds = int((now - time).total_seconds())
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if abs(seconds) >= size:
            return _around(seconds // size if seconds > 0 else -(-seconds // size), unit)
    return _around(seconds, "s")


def _around(count: int, unit: str) -> str:
    return f"{count} {unit} ago" if count >= 0 else f"in {-count} {unit}"


def _decimal(amount: int, digits: int, *, fewest: int) -> str:
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), 10**digits)
    text = f"{fraction:0{digits}d}".rstrip("0").ljust(fewest, "0")
    return f"{sign}{whole:,}.{text}" if text else f"{sign}{whole:,}"
