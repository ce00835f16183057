"""The configuration of simulated traders: one JSON file.

    {"seed": 7, "mean_seconds": 2.0, "quantity": ["0.5", "40"], "traders": [
        {"name": "north-1", "endpoint": "http://127.0.0.1:8401", "symbol": "NDAU_USDT",
         "price_tick": "0.01", "quantity_step": "0.01", "access": "...", "secret": "...", "memo": "...",
         "gateway": "bitmart"}]}

Every trader needs an account of its own: two with one account would trade with themselves.
"""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError, model_validator

from localnet.buyers.decisions import Habits
from venue.config import Gateway

Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,12})?$")]


class InvalidSetting(Exception):
    """A setting is missing or wrong; the message names it and says what is expected."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TraderConfig(_Settings):
    """One trader: its account on one venue, the API that the venue speaks, and the market's grid as decimal text."""

    name: str
    endpoint: str
    symbol: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+_[A-Z0-9]+$")]
    access: str
    secret: Annotated[SecretStr, Field(strict=False)]
    memo: str = ""
    gateway: Gateway = "bitmart"
    price_tick: Amount = "0.01"
    quantity_step: Amount = "0.01"

    @model_validator(mode="after")
    def _grid_is_positive(self) -> Self:
        if not (Decimal(self.price_tick) and Decimal(self.quantity_step)):
            raise ValueError("price_tick and quantity_step must be above 0")
        return self


class BuyersConfig(_Settings):
    """All traders of one process.

    Attributes:
        seed: the same seed gives each trader the same dice.
        mean_seconds: the mean time between two decisions of one trader.
        quantity: the smallest and the largest quantity, decimal text, inclusive.
    """

    traders: Annotated[tuple[TraderConfig, ...], Field(strict=False, min_length=1)]
    quantity: Annotated[tuple[Amount, Amount], Field(strict=False)]
    seed: int = 1
    mean_seconds: Annotated[float, Field(gt=0)] = 2.0

    @model_validator(mode="after")
    def _quantities_are_a_range(self) -> Self:
        if not 0 < Decimal(self.quantity[0]) <= Decimal(self.quantity[1]):
            raise ValueError("quantity must be [smallest, largest] with 0 < smallest <= largest")
        return self

    def habits(self, trader: TraderConfig) -> Habits:
        """Return how a trader trades."""
        return Habits(
            Decimal(self.quantity[0]),
            Decimal(self.quantity[1]),
            Decimal(trader.price_tick),
            Decimal(trader.quantity_step),
        )


def load(path: Path) -> BuyersConfig:
    """Read a configuration.

    Raises:
        InvalidSetting: the file cannot be read, or a setting is missing or wrong; the message names the first one.
    """
    try:
        return BuyersConfig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidSetting(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidSetting(f"{path}: {where}: {first['msg']}") from None


def write(path: Path, config: BuyersConfig) -> None:
    """Write a configuration that `load` reads back, readable by its owner only: it holds API secrets."""
    data = config.model_dump(mode="json")
    for trader, written in zip(config.traders, data["traders"], strict=True):
        written["secret"] = trader.secret.get_secret_value()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=2)
