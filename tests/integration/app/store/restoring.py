"""What tests of restoring share."""

from pathlib import Path

from app.domain.halts import Scope
from app.store.backup import back_up
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.restore import Restored, restore
from tests.integration.app.store.conftest import StoppedClock


def make_backup(ledger: SqlLedger, clock: StoppedClock, tmp_path: Path) -> Path:
    """Return a backup with three events, one of them a halt; after it the ledger goes on to a fourth."""
    ledger.events.append("First", "x", {})
    clock.wait(10)
    ledger.halts.halt(Scope.ISSUING, None, who="somebody", why="a reason")
    with ledger.leases.hold("issuer", 60):
        pass
    ledger.events.append("Third", "x", {})
    path = tmp_path / "a.backup"
    back_up(ledger.database, path)
    clock.wait(100)
    ledger.events.append("Fourth", "x", {})
    return path


def put_back(url: str, backup: Path, clock: StoppedClock) -> Restored:
    database = Database(url)
    try:
        return restore(database, backup, clock, who="me", why="a test")
    finally:
        database.close()


def set_schema_aside(ledger: SqlLedger) -> None:
    """As the refusal says; a closed SQLite ledger needs nothing."""
    if ledger.database.dialect == "postgresql":
        with ledger.database.write("test") as connection:
            connection.exec_driver_sql("ALTER SCHEMA public RENAME TO before_restore")
            connection.exec_driver_sql("CREATE SCHEMA public")
    ledger.database.close()
