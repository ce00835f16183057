"""Lends connections to threads, which come and go: kept by thread, each exchange would hold a hundred, most of them cold."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Generic, Protocol, TypeVar
from weakref import WeakSet


class Closeable(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """End its connections; using it again opens new ones."""


T = TypeVar("T", bound=Closeable)


class Lending(Generic[T]):
    """Lends each to one thread at a time, the one used last first; makes one when all are out. Safe across fork."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = Lock()
        self._process = os.getpid()
        self._idle: list[T] = []
        self._all: WeakSet[T] = WeakSet()

    @contextmanager
    def lent(self) -> Iterator[T]:
        """Lend one for the block."""
        lent = self._take() or self._made()
        process = self._process
        try:
            yield lent
        finally:
            with self._lock:
                if self._process == process:
                    self._idle.append(lent)

    def close(self) -> None:
        """Close all of this process."""
        with self._lock:
            everything = tuple(self._all)
        for each in everything:
            each.close()

    def _take(self) -> T | None:
        with self._lock:
            if self._process != os.getpid():
                # A forked child must not talk on its parent's sockets.
                self._process, self._idle, self._all = os.getpid(), [], WeakSet()
            return self._idle.pop() if self._idle else None

    def _made(self) -> T:
        made = self._make()
        with self._lock:
            self._all.add(made)
        return made
