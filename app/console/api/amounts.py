"""Amounts as answers hold them: text, since a JSON number above 2^53 is not read exactly everywhere."""

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo

_NDAU_DIGITS, _PRICE_DIGITS = 8, 11


def _decimal(amount: int, digits: int) -> str:
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), 10**digits)
    return f"{sign}{whole}.{fraction:0{digits}d}"


def ndau_text(napu: int | None) -> str | None:
    """Write napu as ndau with all eight digits: 1250000000 is "12.50000000"."""
    return None if napu is None else _decimal(napu, _NDAU_DIGITS)


def price_text(nanocents: int | None) -> str | None:
    """Write nanocents with all eleven digits: 1702000000000 is "17.02000000000"."""
    return None if nanocents is None else _decimal(nanocents, _PRICE_DIGITS)


def proceeds_text(napu_nanocents: int) -> str:
    """Write a product of napu and nanocents with all nineteen digits."""
    return _decimal(napu_nanocents, _NDAU_DIGITS + _PRICE_DIGITS)


def whole_text(amount: int | None) -> str | None:
    """Write an integer."""
    return None if amount is None else str(amount)


def currency_of(exchange: str, info: ValidationInfo) -> str | None:
    """Return what an exchange's prices are in, as the caller's context says; None when its settings are gone."""
    currencies: dict[str, str] = info.context or {}
    currency = currencies.get(exchange)
    return None if currency is None else currency or "USD"


Units = Annotated[str, BeforeValidator(whole_text), Field(pattern=r"^-?[0-9]+$", examples=["1250000000"])]
Ndau = Annotated[str, BeforeValidator(ndau_text), Field(pattern=r"^-?[0-9]+\.[0-9]{8}$", examples=["12.50000000"])]
Price = Annotated[str, BeforeValidator(price_text), Field(pattern=r"^[0-9]+\.[0-9]{11}$", examples=["17.02000000000"])]
Proceeds = Annotated[str, BeforeValidator(proceeds_text), Field(pattern=r"^-?[0-9]+\.[0-9]{19}$")]
Currency = Annotated[
    str | None,
    BeforeValidator(currency_of),
    Field(
        validation_alias="exchange",
        description="What prices there are in; null when the exchange is no longer in the settings.",
        examples=["USD"],
    ),
]
