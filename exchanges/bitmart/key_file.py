"""The account's credentials, from a file that only its owner can read."""

import json
import os
import re
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import InvalidInput

FOLDER = Path(__file__).parent
"""Where key files lie unless the settings say otherwise; git ignores them."""

_REQUIRED = {"access", "secret", "memo"}
_OPTIONAL = {"endpoint"}
_HEX = re.compile(r"[0-9a-f]+")
_MAX_BYTES = 65_536
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
    """Return the key file of an exchange: the one given, else one of its name in the folder, else the only one there.

    Raises:
        InvalidInput: the folder holds none, or several and none is of that name.
    """
    if key_file is not None:
        return key_file
    named = folder / f"{exchange}.apikey.json"
    if named.exists():
        return named
    found = sorted(folder.glob("*.apikey.json"))
    if len(found) != 1:
        have = ", ".join(path.name for path in found) or "no *.apikey.json"
        raise InvalidInput(f"{folder} holds {have}; expected {named.name} or exactly one *.apikey.json")
    return found[0]


def load_key(path: Path) -> ApiKey:
    """Read a key file.

    Raises:
        InvalidInput: it cannot be read, others than its owner can read it, or it is not of the expected form.
    """
    fields = _parse(path, _read_private(path))
    for name in ("access", "secret"):
        if not _HEX.fullmatch(fields[name].lower()):
            raise InvalidInput(f"key file {path}: {name} is not hexadecimal; expected it as the exchange showed it")
    return ApiKey(
        access=fields["access"].lower(),
        secret=fields["secret"].lower(),
        memo=fields["memo"],
        endpoint=fields.get("endpoint"),
    )


def _read_private(path: Path) -> bytes:
    try:
        # O_NONBLOCK: opening a named pipe must not hang the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            # The mode of what was opened, not of the path: a symlink is judged by its target, and nothing can be
            # swapped in between.
            _refuse_unless_private(path, os.fstat(file.fileno()).st_mode)
            return file.read(_MAX_BYTES)
    except OSError as error:
        raise InvalidInput(f"key file {path} cannot be read: {error.strerror}; expected {_FORM}") from error


def _refuse_unless_private(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"key file {path} is not a regular file; expected {_FORM}")
    if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise InvalidInput(
            f"key file {path} is open to others (mode {stat.S_IMODE(mode):03o}); "
            f"run: chmod 600 {shlex.quote(str(path))}"
        )


def _parse(path: Path, content: bytes) -> dict[str, str]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        # Not chained: the parser's error holds the text, and so the secret.
        raise InvalidInput(f"key file {path} is not JSON; expected {_FORM}") from None
    if not isinstance(fields, dict):
        raise InvalidInput(f"key file {path} holds no JSON object; expected {_FORM}")
    if missing := sorted(_REQUIRED - fields.keys()):
        raise InvalidInput(f"key file {path} lacks {', '.join(missing)}; expected {_FORM}")
    if extra := len(fields.keys() - _REQUIRED - _OPTIONAL):
        # Not named: a secret pasted in the wrong place may be the name.
        raise InvalidInput(f"key file {path} has {extra} unknown field(s); expected {_FORM}")
    if wrong := sorted(name for name, value in fields.items() if not isinstance(value, str) or not value):
        raise InvalidInput(f"key file {path}: {', '.join(wrong)} must be text that is not empty; expected {_FORM}")
    return fields
