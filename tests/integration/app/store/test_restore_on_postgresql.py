import os
from pathlib import Path

import pytest
from alembic import command

from app.clock import SystemClock
from app.domain.errors import InvalidInput
from app.store import migrate
from app.store.backup import back_up
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock
from tests.integration.app.store.restoring import make_backup, put_back, set_schema_aside


@pytest.fixture(params=["postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue("postgresql_server")
    name = f"restore_{os.urandom(4).hex()}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(name))


@pytest.fixture
def backup(ledger: SqlLedger, clock: StoppedClock, tmp_path: Path) -> Path:
    return make_backup(ledger, clock, tmp_path)


def test_a_database_that_holds_a_ledger_is_left_alone_and_how_to_set_it_aside_is_told(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    with pytest.raises(InvalidInput, match="ALTER SCHEMA public RENAME TO before_restore; CREATE SCHEMA public"):
        put_back(database_url, backup, clock)
    assert ledger.events.recent(1)[0].kind == "Fourth"
    assert not list(backup.parent.glob(".*"))


def test_a_ledger_that_was_only_just_made_is_filled(
    backup: Path, clock: StoppedClock, ledger: SqlLedger, database_url: str
) -> None:
    set_schema_aside(ledger)
    migrate.upgrade(ledger.database)
    assert put_back(database_url, backup, clock).set_aside is None
    assert ledger.events.recent(1)[0].number == 5


def test_an_older_ledger_in_postgresql_gives_a_backup_of_its_own_version(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    with database.write("test") as connection:
        command.upgrade(migrate.configuration(connection), "0001")
    SqlLedger(database, SystemClock()).events.append("First", "x", {})
    content = back_up(database, tmp_path / "older.backup")
    database.close()
    assert (content.version, content.last_event) == ("0001", 1)
