"""Files that hold secrets: written once, whole, for the owner alone."""

import os
import secrets
import stat
from pathlib import Path

from app.domain.errors import InvalidInput

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LONGEST = 64 * 1024


def write_new(path: Path, content: bytes) -> None:
    """Write a file that does not exist yet, with mode 0600, so that a crash leaves all of it or none.

    Raises:
        InvalidInput: something is at the path already, or it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        try:
            _write_draft(draft, content)
            # A link, unlike a rename, never replaces what is there.
            os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _flush_folder(path.parent)
    except FileExistsError as error:
        raise InvalidInput(
            f"{path} exists already; expected a new name, since a key file is never overwritten"
        ) from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}") from error


def read(path: Path) -> bytes:
    """Read a file that may be shown to anybody.

    Raises:
        InvalidInput: it cannot be read, or is longer than any key file (64 KiB).
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > _LONGEST:
        raise InvalidInput(f"{path} is longer than {_LONGEST} bytes; expected a key file")
    return content


def check_private(path: Path) -> None:
    """Return when only the owner can use the file.

    Raises:
        InvalidInput: others can; says how to mend it.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    if mode & _OTHERS:
        raise InvalidInput(
            f"{path} can be used by others (mode {stat.S_IMODE(mode):04o}); mend it with: chmod 600 {path}"
        )


def _write_draft(draft: Path, content: bytes) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
