"""Files with an account's credentials: which one is an exchange's, and that nobody but its owner can read it."""

import json
import os
import shlex
import stat
from collections.abc import Set as AbstractSet
from pathlib import Path

from app.domain.errors import InvalidInput

_MAX_BYTES = 65_536


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


def read_key_file(path: Path, *, required: AbstractSet[str], optional: AbstractSet[str], form: str) -> dict[str, str]:
    """Return the fields of a key file: all required ones, perhaps optional ones, each a text that is not empty.

    Raises:
        InvalidInput: it cannot be read, others than its owner can read it, or it is not of that form.
    """
    fields = _parse(path, _read_private(path, form), form)
    if missing := sorted(required - fields.keys()):
        raise InvalidInput(f"key file {path} lacks {', '.join(missing)}; expected {form}")
    if extra := len(fields.keys() - required - optional):
        # Not named: a secret pasted in the wrong place may be the name.
        raise InvalidInput(f"key file {path} has {extra} unknown field(s); expected {form}")
    if wrong := sorted(name for name, value in fields.items() if not isinstance(value, str) or not value):
        raise InvalidInput(f"key file {path}: {', '.join(wrong)} must be text that is not empty; expected {form}")
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
