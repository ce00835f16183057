"""Named places in the code at which a test can kill this process: before and after each commit and each send.

A test sets MEIC_CRASH_FOLDER when it starts the processes and, whenever it likes, makes a file there that is called like
a place. The first process to come by takes the file away and dies by SIGKILL. In production the variable is not set and
a place costs one comparison.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "MEIC_CRASH_FOLDER"

_folder = os.environ.get(VARIABLE)


def crash_point(name: str) -> None:
    """Die here if a test asked for it."""
    if _folder is not None:
        _die_if_asked(Path(_folder), name)


@contextmanager
def around(what: str) -> Iterator[None]:
    """Mark both sides of something that takes effect outside this process; the second only when it went well."""
    crash_point(f"before {what}")
    yield
    crash_point(f"after {what}")


def _die_if_asked(folder: Path, name: str) -> None:
    try:
        # Only one of several processes gets to take it away; its number tells the test who died.
        (folder / name).rename(folder / f"{name} by {os.getpid()}")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
