"""The account's credentials, from a file that only its owner can read."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import InvalidInput
from exchanges import key_files

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
    """

    access: str = field(repr=False)
    secret: str = field(repr=False)
    memo: str = field(repr=False)
    endpoint: str | None = None


def find_key_file(exchange: str, key_file: Path | None, *, folder: Path = FOLDER) -> Path:
    """Return the key file of an exchange, see `exchanges.key_files`.

    Raises:
        InvalidInput: the folder holds none, or several and none is of that name.
    """
    return key_files.find_key_file(exchange, key_file, folder=folder)


def load_key(path: Path) -> ApiKey:
    """Read a key file.

    Raises:
        InvalidInput: it cannot be read, others than its owner can read it, or it is not of the expected form.
    """
    fields = key_files.read_key_file(path, required=_REQUIRED, optional=_OPTIONAL, form=_FORM)
    for name in ("access", "secret"):
        if not _HEX.fullmatch(fields[name].lower()):
            raise InvalidInput(f"key file {path}: {name} is not hexadecimal; expected it as the exchange showed it")
    return ApiKey(
        access=fields["access"].lower(),
        secret=fields["secret"].lower(),
        memo=fields["memo"],
        endpoint=fields.get("endpoint"),
    )
