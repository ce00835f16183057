"""The account's credentials."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import InvalidInput
from exchanges import key_files
from exchanges.config import ExchangeConfig

FOLDER = Path(__file__).parent
"""Where key files lie unless the settings say otherwise; git ignores them."""

_REQUIRED = {"access", "secret", "memo"}
_OPTIONAL = {"endpoint"}
_HEX = re.compile(r"[0-9a-f]+")
_FORM = '{"access": "<hex>", "secret": "<hex>", "memo": "<name of the key>", "endpoint": "<optional base URL>"}'


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One account's credentials; its repr and its errors never show them.

    Attributes:
        endpoint: the base URL of this account's exchange, or None for the public one.
        where: where they stand, for messages.
    """

    access: str = field(repr=False)
    secret: str = field(repr=False)
    memo: str = field(repr=False)
    endpoint: str | None = None
    where: str = ""


def load_key(config: ExchangeConfig, *, folder: Path = FOLDER) -> ApiKey:
    """Read the credentials that the settings hold or name.

    Raises:
        InvalidInput: there are none, they are not of the expected form, or others can read their file.
    """
    read = key_files.read_credentials(config, folder=folder, required=_REQUIRED, optional=_OPTIONAL, form=_FORM)
    fields = read.fields
    for name in ("access", "secret"):
        if not _HEX.fullmatch(fields[name].lower()):
            raise InvalidInput(f"{read.where}: {name} is not hexadecimal; expected it as the exchange showed it")
    return ApiKey(
        access=fields["access"].lower(),
        secret=fields["secret"].lower(),
        memo=fields["memo"],
        endpoint=fields.get("endpoint"),
        where=read.where,
    )
