"""Refuse filters that no database can answer."""

from dataclasses import fields
from datetime import UTC, datetime

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.store.reading.filters import EventFilter, IssuanceFilter, OfferFilter, SaleFilter
from app.store.reading.pages import is_storable

_LONGEST = 1000
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def check_filter(wanted: SaleFilter | IssuanceFilter | OfferFilter | EventFilter) -> None:
    """Check every value of a filter.

    Raises:
        InvalidInput: a number, a text or a time is none that the ledger can hold.
    """
    for field in fields(wanted):
        value = getattr(wanted, field.name)
        for each in value if isinstance(value, tuple) else [value]:
            _check(field.name, each)


def _check(name: str, value: object) -> None:
    if isinstance(value, datetime) and not (value.tzinfo and _EARLIEST <= value <= _LATEST):
        raise InvalidInput(f"{name} is {value.isoformat()}; expected a time with its timezone, from 1970 to 9999")
    if isinstance(value, str) and not (len(value) <= _LONGEST and is_storable(value)):
        raise InvalidInput(f"{name} is no text that the ledger can hold; expected at most {_LONGEST} characters")
    if isinstance(value, int) and not 0 <= value <= MAX_AMOUNT:
        raise InvalidInput(f"{name} is {value}; expected 0 to {MAX_AMOUNT}")
