"""An account's credentials: in the settings, or in a file that nobody but its owner can read."""

import json
import os
import shlex
import stat
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import InvalidInput
from exchanges.config import ExchangeConfig

_MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was found, and where, for messages."""

    fields: dict[str, str] = field(repr=False)
    where: str


def read_credentials(
    config: ExchangeConfig, *, folder: Path, required: AbstractSet[str], optional: AbstractSet[str], form: str
) -> Credentials:
    """Return an account's credentials: all required fields, perhaps optional ones, each a text that is not empty.

    The settings' own, else those of the key file they name, else of the one in the folder (see `find_key_file`).

    Raises:
        InvalidInput: there are none or two, they are not of that form, or others can read the file.
    """
    if not config.credentials:
        path = find_key_file(config.name, config.key_file, folder=folder)
        where = f"key file {path}"
        fields = _parse(path, _read_private(path, form), form)
    elif config.key_file is None:
        where, fields = config.setting("credentials"), dict(config.credentials)
    else:
        raise InvalidInput(f"{config.setting('credentials')} and key_file are both given; expected one of them")
    return Credentials(_checked(fields, where, required, optional, form), where)


def find_key_file(exchange: str, key_file: Path | None, *, folder: Path) -> Path:
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


def _checked(
    fields: Mapping[str, object], where: str, required: AbstractSet[str], optional: AbstractSet[str], form: str
) -> dict[str, str]:
    if missing := sorted(required - fields.keys()):
        raise InvalidInput(f"{where} lacks {', '.join(missing)}; expected {form}")
    if extra := len(fields.keys() - required - optional):
        # Not named: a secret pasted in the wrong place may be the name.
        raise InvalidInput(f"{where} has {extra} unknown field(s); expected {form}")
    if wrong := sorted(name for name, value in fields.items() if not isinstance(value, str) or not value):
        raise InvalidInput(f"{where}: {', '.join(wrong)} must be text that is not empty; expected {form}")
    return {name: str(value) for name, value in fields.items()}


def _read_private(path: Path, form: str) -> bytes:
    try:
        # O_NONBLOCK: opening a named pipe must not hang the start.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            # The mode of what was opened, not of the path: a symlink is judged by its target, and nothing can be
            # swapped in between.
            _refuse_unless_private(path, os.fstat(file.fileno()).st_mode, form)
            return file.read(_MAX_BYTES)
    except OSError as error:
        raise InvalidInput(f"key file {path} cannot be read: {error.strerror}; expected {form}") from error


def _refuse_unless_private(path: Path, mode: int, form: str) -> None:
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"key file {path} is not a regular file; expected {form}")
    if stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise InvalidInput(
            f"key file {path} is open to others (mode {stat.S_IMODE(mode):03o}); "
            f"run: chmod 600 {shlex.quote(str(path))}"
        )


def _parse(path: Path, content: bytes, form: str) -> dict[str, object]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        # Not chained: the parser's error holds the text, and so the secret.
        raise InvalidInput(f"key file {path} is not JSON; expected {form}") from None
    if not isinstance(fields, dict):
        raise InvalidInput(f"key file {path} holds no JSON object; expected {form}")
    return fields
