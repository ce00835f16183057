"""The configuration of a venue process: one JSON file that lists its venues.

    {"venues": [{
        "name": "north", "port": 8401, "state_directory": "state/north", "gateway": "bitmart",
        "markets": [{"base": "NDAU", "quote": "USDT", "price_tick": "0.01", "quantity_step": "0.01",
                     "minimum_quantity": "0.01"}],
        "accounts": [{"id": "issuer", "access": "...", "secret": "...", "memo": "...", "permissions": ["read", "trade"],
                      "deposits": {"NDAU": "1000000", "USDT": "0"}}]
    }]}

Amounts are decimal text. Deposits are credited once, when the venue first sees the account and asset; changing them
later changes nothing. Relative state directories start from the file's own directory.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError, model_validator

from venue.errors import InvalidSetting

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
Asset = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,20}$")]
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,12})?$")]


Gateway = Literal["bitmart", "binance"]
"""Whose public API a venue speaks."""

Permission = Literal["read", "trade", "withdraw"]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MarketConfig(_Settings):
    """One market, named BASE_QUOTE; sizes as decimal text."""

    base: Asset
    quote: Asset
    price_tick: Amount
    quantity_step: Amount
    minimum_quantity: Amount
    minimum_notional: Amount = "0"


class AccountConfig(_Settings):
    """One trader: its API key, what the key may do, and what it starts with, decimal text by asset.

    Only Bitmart's API has memos, and only Binance's asks for permissions.
    """

    id: Name
    access: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    secret: Annotated[SecretStr, Field(strict=False, min_length=1)]
    memo: str = ""
    permissions: Annotated[frozenset[Permission], Field(strict=False)] = frozenset({"read", "trade"})
    deposits: dict[Asset, Amount] = {}


class LimitsConfig(_Settings):
    """How often a caller may call.

    The first two are those of Bitmart's API, where None means as often as it likes; the others those of Binance's, which
    always has limits, where None means generous ones.

    Attributes:
        authentications_per_minute: by one key.
        requests_per_minute: by one account, or one address where no account is needed.
        weight_per_minute: what the requests of one address may weigh together.
        is_weight_by_key: whoever shows a key of the venue is counted by it instead: for a venue whose traders share a machine.
        orders_per_10_seconds: by one account.
        orders_per_day: by one account.
    """

    authentications_per_minute: Annotated[int, Field(ge=1)] | None = 5
    requests_per_minute: Annotated[int, Field(ge=1)] | None = None
    weight_per_minute: Annotated[int, Field(ge=1)] | None = None
    is_weight_by_key: bool = False
    orders_per_10_seconds: Annotated[int, Field(ge=1)] | None = None
    orders_per_day: Annotated[int, Field(ge=1)] | None = None


class FeesConfig(_Settings):
    """Fees in millionths of what each side receives: 1000 is 0.1 %."""

    maker_millionths: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    taker_millionths: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class VenueConfig(_Settings):
    """One venue; port 0 means any free one."""

    name: Name
    port: Annotated[int, Field(ge=0, le=65535)]
    state_directory: Annotated[Path, Field(strict=False)]
    markets: Annotated[tuple[MarketConfig, ...], Field(strict=False, min_length=1)]
    accounts: Annotated[tuple[AccountConfig, ...], Field(strict=False)] = ()
    gateway: Gateway = "bitmart"
    host: str = "127.0.0.1"
    fees: FeesConfig = FeesConfig()
    limits: LimitsConfig = LimitsConfig()

    @model_validator(mode="after")
    def _accounts_are_distinct(self) -> Self:
        _check_distinct("account ids", [account.id for account in self.accounts])
        _check_distinct("access keys", [account.access for account in self.accounts])
        return self


class Config(_Settings):
    """All venues of one process."""

    venues: Annotated[tuple[VenueConfig, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _venues_are_distinct(self) -> Self:
        _check_distinct("venue names", [venue.name for venue in self.venues])
        _check_distinct("state directories", [str(venue.state_directory) for venue in self.venues])
        return self


def load(path: Path) -> Config:
    """Read a configuration.

    Raises:
        InvalidSetting: the file cannot be read, or a setting is missing or wrong; the message names the first one.
    """
    try:
        config = Config.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidSetting(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidSetting(f"{path}: {where}: {first['msg']}") from None
    base = path.resolve().parent
    venues = (venue.model_copy(update={"state_directory": base / venue.state_directory}) for venue in config.venues)
    return Config(venues=tuple(venues))


def write(path: Path, config: Config) -> None:
    """Write a configuration that `load` reads back, readable by its owner only: it holds API secrets."""
    data = config.model_dump(mode="json")
    for venue, written in zip(config.venues, data["venues"], strict=True):
        for account, entry in zip(venue.accounts, written["accounts"], strict=True):
            entry["secret"] = account.secret.get_secret_value()
    text = json.dumps(data, indent=2) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _check_distinct(what: str, values: list[str]) -> None:
    doubled = sorted({value for value in values if values.count(value) > 1})
    if doubled:
        raise ValueError(f"{what} must be distinct, {doubled[0]!r} is given twice")
