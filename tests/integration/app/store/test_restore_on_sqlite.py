import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import make_url

from app.clock import SystemClock
from app.domain.errors import InvalidInput
from app.store import migrate
from app.store.backup import back_up
from app.store.backup_file import check_backup
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.version import EXPECTED_VERSION, current_version
from tests.integration.app.store.conftest import StoppedClock
from tests.integration.app.store.restoring import make_backup, put_back


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"


@pytest.fixture
def backup(ledger: SqlLedger, clock: StoppedClock, tmp_path: Path) -> Path:
    return make_backup(ledger, clock, tmp_path)


def place_of(url: str) -> Path:
    return Path(str(make_url(url).database))


def test_the_ledger_of_before_is_kept_whole_in_one_file(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    ledger.database.close()
    restored = put_back(database_url, backup, clock)
    place = place_of(database_url)
    assert restored.set_aside == place.with_name("ledger.sqlite3.before-20260101T000150Z")
    # It is a backup of its own: what was in its log is folded in.
    assert check_backup(restored.set_aside).last_event == 4
    assert place.stat().st_mode & 0o777 == 0o600
    assert not list(place.parent.glob(".*"))


def test_nothing_is_restored_while_any_process_has_the_ledger_open(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    code = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT * FROM event").fetchall()
print("open", flush=True)
sys.stdin.read()
"""
    ledger.database.close()
    with subprocess.Popen(
        [sys.executable, "-c", code, str(place_of(database_url))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(InvalidInput, match=r"another process has .* open"):
            put_back(database_url, backup, clock)
        other.communicate()
    assert ledger.events.recent(1)[0].kind == "Fourth"
    ledger.database.close()
    assert put_back(database_url, backup, clock).set_aside is not None


def test_the_log_of_a_ledger_that_was_killed_is_folded_in_first(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    ledger.database.close()
    code = f"""
import os, signal
from app.clock import SystemClock
from app.store.database import Database
from app.store.ledger import SqlLedger
SqlLedger(Database({database_url!r}), SystemClock()).events.append("Fifth", "x", {{}})
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    place = place_of(database_url)
    assert place.with_name("ledger.sqlite3-wal").stat().st_size > 0
    restored = put_back(database_url, backup, clock)
    assert restored.set_aside is not None
    assert check_backup(restored.set_aside).last_event == 5
    assert ledger.events.recent(1)[0].number == 5


def test_a_damaged_ledger_is_set_aside_as_it_is_with_its_log(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    ledger.database.close()
    place = place_of(database_url)
    place.write_bytes(b"not a ledger any more" * 1000)
    place.with_name("ledger.sqlite3-wal").write_bytes(b"its log")
    aside = put_back(database_url, backup, clock).set_aside
    assert aside is not None
    assert aside.read_bytes().startswith(b"not a ledger")
    assert ledger.events.recent(1)[0].number == 5
    check_backup(backup)


def test_a_log_that_lost_its_ledger_is_not_read_into_the_new_one(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    ledger.database.close()
    place = place_of(database_url)
    keep = sqlite3.connect(place)
    keep.execute("PRAGMA journal_mode=WAL")
    keep.execute("CREATE TABLE stray (x)")
    place.unlink()
    put_back(database_url, backup, clock)
    keep.close()
    assert check_backup(backup).last_event == 3
    with ledger.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name = 'stray'").scalar() == 0
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@pytest.mark.parametrize("step", ["link", "replace"])
def test_interrupted_while_it_is_put_in_place_one_of_the_two_is_there_whole(
    ledger: SqlLedger,
    backup: Path,
    clock: StoppedClock,
    database_url: str,
    step: str,
) -> None:
    ledger.database.close()
    code = f"""
import os, signal
from datetime import UTC, datetime
from pathlib import Path
from app.clock import SystemClock
from app.store.database import Database
from app.store.restore import restore

def then_die(call):
    def both(*arguments):
        call(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
    return both

if {step!r} == "link":
    os.link = then_die(os.link)
else:
    Path.replace = then_die(Path.replace)
restore(Database({database_url!r}), Path({str(backup)!r}), SystemClock(), who="me", why="a test")
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    place = place_of(database_url)
    (aside,) = place.parent.glob("ledger.sqlite3.before-*")
    newest = ledger.events.recent(1)[0].kind
    assert newest == ("Fourth" if step == "link" else "RecoveryBegun")
    assert aside.samefile(place) is (step == "link")
    ledger.database.close()
    clock.time = SystemClock().now() + timedelta(days=1)
    assert put_back(database_url, backup, clock).set_aside != aside


def test_a_backup_of_an_older_release_is_upgraded(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    older = backup.with_name("older.backup")
    older.write_bytes(older_backup(backup.parent))
    ledger.database.close()
    restored = put_back(database_url, older, clock)
    assert restored.content.version == "0001"
    assert current_version(ledger.database) == EXPECTED_VERSION
    assert ledger.recovery.active() is not None


def older_backup(folder: Path) -> bytes:
    """What the first release's ledger with one event gives as a backup."""
    path = folder / "first-release.sqlite3"
    database = Database(f"sqlite:///{path}")
    with database.write("test") as connection:
        command.upgrade(migrate.configuration(connection), "0001")
    SqlLedger(database, SystemClock()).events.append("First", "x", {})
    back_up(database, folder / "first-release.backup")
    database.close()
    return (folder / "first-release.backup").read_bytes()
