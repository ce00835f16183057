"""Do something on many exchanges at once: one that is slow keeps no other waiting."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

ResultT = TypeVar("ResultT")

_MOST_THREADS = 100


def side_by_side(call: Callable[[str], ResultT], names: Sequence[str]) -> list[ResultT]:
    """Return what `call` returns for each name, in their order; the first error of any is raised at the end."""
    if not names:
        return []
    with ThreadPoolExecutor(min(len(names), _MOST_THREADS)) as threads:
        return list(threads.map(call, names))
