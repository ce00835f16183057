"""The real ledger, in which every call of a process is a step and any commit may find the disk full."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from app.domain.ledger import Lease
from app.ports.control_ledger import LeaseLedger
from app.store import migrate, tables
from app.store.columns import metadata
from app.store.database import Database
from app.store.events import FIRST_HASH
from app.store.ledger import SqlLedger
from tests.simulation.scheduler import Process

Step = Callable[[str, int], Process]
Told = Callable[[str, tuple[Any, ...], dict[str, Any], Any], object]


class LedgerFile:
    """One database, emptied for each seed: its statements are compiled once.

    Attributes:
        reader: a plain connection that sees what is committed, for the invariants.
        is_full: asked at each commit of a process.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.sqlite3"
        self.database = Database(f"sqlite:///{self.path}")
        self.is_full: Callable[[], bool] = lambda: False
        event.listen(self.database.engine, "connect", _hurry)
        event.listen(self.database.engine, "commit", self._commit)
        migrate.upgrade(self.database)
        self.reader = self._reader()

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Have nobody read the file meanwhile, so that it can be replaced."""
        self.reader.close()
        try:
            yield
        finally:
            self.reader = self._reader()

    def empty(self) -> None:
        """Forget everything."""
        for table in reversed(metadata.sorted_tables):
            if table is not tables.event_head:
                self.reader.execute(f"DELETE FROM {table.name}")  # noqa: S608  our own tables' names
        self.reader.execute("UPDATE event_head SET number = 0, hash = ?", (FIRST_HASH,))

    def close(self) -> None:
        """Close all connections."""
        self.reader.close()
        self.database.close()

    def _reader(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)

    def _commit(self, connection: Connection) -> None:
        if connection.get_execution_options().get("ledger_write", False) and self.is_full():
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))


def _hurry(connection: sqlite3.Connection, _record: object) -> None:
    # Processes die here, never the machine: nothing needs to reach the disk.
    connection.execute("PRAGMA synchronous=OFF")


class WatchedLedger:
    """The ledger as one process sees it."""

    def __init__(self, ledger: SqlLedger, step: Step, told: Told, held: list[AbstractContextManager[Any]]) -> None:
        self._ledger = ledger
        self._step = step
        self._told = told
        self._leases = _WatchedLeases(ledger.leases, step, told, held)

    @property
    def leases(self) -> "_WatchedLeases":
        return self._leases

    def __getattr__(self, name: str) -> "_Watched":
        watched = _Watched(name, getattr(self._ledger, name), self._step, self._told)
        setattr(self, name, watched)
        return watched


class _Watched:
    def __init__(self, name: str, part: object, step: Step, told: Told) -> None:
        self._name = name
        self._part = part
        self._step = step
        self._told = told

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method, what = getattr(self._part, name), f"{self._name}.{name}"

        def call(*arguments: Any, **options: Any) -> Any:
            self._step(what, 0)
            result = method(*arguments, **options)
            self._told(what, arguments, options, result)
            return result

        setattr(self, name, call)
        return call


class _WatchedLeases(_Watched):
    def __init__(self, leases: LeaseLedger, step: Step, told: Told, held: list[AbstractContextManager[Any]]) -> None:
        super().__init__("leases", leases, step, told)
        self._leases = leases
        self._held = held

    @contextmanager
    def hold(self, name: str, ttl_seconds: float) -> Iterator[Lease | None]:
        self._step(f"leases.hold {name}", 0)
        context = self._leases.hold(name, ttl_seconds)
        lease = context.__enter__()
        # One that is forgotten would release the lease, which the dead cannot do.
        self._held.append(context)
        self._told("leases.hold", (name,), {}, lease)
        try:
            yield lease
        finally:
            self._step(f"leases.release {name}", 0)
            context.__exit__(None, None, None)
