"""Named places in the code at which a test can kill this process: before and after each commit and each send.

A test sets MEIC_CRASH_FILE when it starts the processes and, whenever it likes, writes the name of a place into that
file. The first process to come by there takes the file away and dies by SIGKILL. In production the variable is not set
and a place costs one comparison.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "MEIC_CRASH_FILE"

_file = os.environ.get(VARIABLE)


def crash_point(name: str) -> None:
    """Die here if a test asked for it."""
    if _file is not None:
        _die_if_asked(Path(_file), name)


@contextmanager
def around(what: str) -> Iterator[None]:
    """Mark both sides of something that takes effect outside this process; the second only when it went well."""
    crash_point(f"before {what}")
    yield
    crash_point(f"after {what}")


def _die_if_asked(file: Path, name: str) -> None:
    try:
        if file.read_text(encoding="utf-8").strip() != name:
            return
        # Only one of several processes gets to take it away.
        file.rename(file.with_name(f"{file.name}.{os.getpid()}"))
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
