"""What a chain starts from: one issuer account, and what of the token is released and issued."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

from app.domain.errors import InvalidInput
from app.domain.money import NAPU_PER_NDAU, checked_amount
from app.ndau.addresses import parse_address
from app.ndau.keys import PublicKey, address

_MOST_KEYS = 16
"""What ndau allows in one account, and in signatures on one transaction."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """The first state of a chain; it never changes afterwards.

    Attributes:
        issuer_address: the account whose keys sign Issue transactions.
        validation_keys: its keys, "npub" texts, 1 to 16.
        total_released_napu: how much may be issued in all.
        total_issued_napu: how much has been issued before the first block, at most what is released.
        balance_napu: what the issuer's account can pay fees from.
        fee_napu: what each transaction costs.
        market_price_nanocents: what /price/current tells as market price; None follows the target price.

    Raises:
        InvalidInput: a value is wrong.
    """

    issuer_address: str
    validation_keys: tuple[str, ...]
    total_released_napu: int
    total_issued_napu: int = 0
    balance_napu: int = 1000 * NAPU_PER_NDAU
    fee_napu: int = NAPU_PER_NDAU // 200
    market_price_nanocents: int | None = None

    def __post_init__(self) -> None:
        if parse_address(self.issuer_address) != self.issuer_address:
            raise InvalidInput(f"issuer_address is {self.issuer_address!r}; expected it in lower case")
        if not 1 <= len(self.validation_keys) <= _MOST_KEYS:
            raise InvalidInput(
                f"the account has {len(self.validation_keys)} validation_keys; expected 1 to {_MOST_KEYS}"
            )
        for key in self.validation_keys:
            PublicKey.parse(key)
        for name in ("total_released_napu", "total_issued_napu", "balance_napu", "fee_napu"):
            checked_amount(getattr(self, name), what=name)
        if self.market_price_nanocents is not None:
            checked_amount(self.market_price_nanocents, what="market_price_nanocents")
        if self.total_issued_napu > self.total_released_napu:
            raise InvalidInput(
                f"total_issued_napu is {self.total_issued_napu}; expected at most total_released_napu,"
                f" {self.total_released_napu}"
            )

    @classmethod
    def for_keys(cls, keys: Sequence[PublicKey], *, total_released_napu: int, total_issued_napu: int = 0) -> Self:
        """Return the start of a chain whose issuer is the endowment account of the first of these keys.

        Raises:
            InvalidInput: no key, too many, or more issued than released.
        """
        if not keys:
            raise InvalidInput("the issuer's account has no key; expected 1 to 16")
        return cls(
            issuer_address=address("e", keys[0]),
            validation_keys=tuple(str(key) for key in keys),
            total_released_napu=total_released_napu,
            total_issued_napu=total_issued_napu,
        )

    def to_json(self) -> str:
        """Return the text of a genesis file."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the text of a genesis file.

        Raises:
            InvalidInput: the text is no JSON object, or a name or value in it is missing, unknown or wrong.
        """
        try:
            values = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"the genesis is no JSON: {error}") from error
        if not isinstance(values, dict):
            raise InvalidInput("the genesis is no JSON object")
        _check_names(values, {field.name for field in fields(cls)})
        _check_types(values)
        return cls(**{**values, "validation_keys": tuple(values["validation_keys"])})


def write_genesis(path: Path, genesis: Genesis) -> None:
    """Write a genesis file, by custom DIR/genesis.json."""
    path.write_text(genesis.to_json(), encoding="utf-8")


def read_genesis(path: Path) -> Genesis:
    """Read a genesis file.

    Raises:
        InvalidInput: it cannot be read, or something in it is wrong.
    """
    try:
        return Genesis.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the genesis file {path} cannot be read: {error}") from error
    except InvalidInput as error:
        raise InvalidInput(f"the genesis file {path} is wrong: {error}") from error


def _check_names(values: dict[str, object], known: set[str]) -> None:
    unknown = values.keys() - known
    missing = {"issuer_address", "validation_keys", "total_released_napu"} - values.keys()
    if unknown or missing:
        raise InvalidInput(
            f"unknown names: {', '.join(sorted(unknown)) or 'none'}; missing names: {', '.join(sorted(missing)) or 'none'}"
        )


def _check_types(values: dict[str, object]) -> None:
    keys = values["validation_keys"]
    if not isinstance(values["issuer_address"], str):
        raise InvalidInput("issuer_address is no text")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InvalidInput("validation_keys is no list of texts")
    for name in values.keys() - {"issuer_address", "validation_keys"}:
        if type(values[name]) is not int and not (name == "market_price_nanocents" and values[name] is None):
            raise InvalidInput(f"{name} is {values[name]!r}; expected an integer")
