import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.access import Role
from app.domain.errors import InvalidInput
from app.domain.halts import Scope
from app.store.backup import back_up
from app.store.backup_file import check_backup
from app.store.database import Database
from app.store.ledger import SqlLedger
from app.store.operators import SqlOperators
from app.store.sessions import SqlSessions
from app.store.version import EXPECTED_VERSION
from tests.integration.app.store.conftest import StoppedClock
from tests.integration.app.store.restoring import make_backup, put_back, set_schema_aside


@pytest.fixture
def backup(ledger: SqlLedger, clock: StoppedClock, tmp_path: Path) -> Path:
    return make_backup(ledger, clock, tmp_path)


def test_a_restored_ledger_holds_the_backup_says_so_and_has_to_learn_what_it_forgot(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    content = check_backup(backup)
    set_schema_aside(ledger)
    restored = put_back(database_url, backup, clock)
    assert restored.content == content

    begun, noted, third, *_ = ledger.events.recent(10)
    assert (third.kind, third.number) == ("Third", 3)
    assert (noted.kind, noted.number, noted.at, noted.previous_hash) == ("Restored", 4, clock.now(), content.last_hash)
    assert json.loads(noted.detail) == {
        "who": "me",
        "why": "a test",
        "backup_sha256": content.sha256,
        "backup_version": EXPECTED_VERSION,
        "backup_event": 3,
        "backup_event_hash": content.last_hash,
    }
    assert begun.kind == "RecoveryBegun"
    recovery = ledger.recovery.active()
    assert recovery is not None
    assert recovery.since == restored.recovery_since == third.at
    assert [halt.why for halt in ledger.halts.active()] == ["a reason"]


def test_a_restored_ledger_is_written_to_like_any_other(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    set_schema_aside(ledger)
    put_back(database_url, backup, clock)
    again = ledger.halts.halt(Scope.PUBLISHING, None, who="me", why="numbers go on")
    assert again.id == 2
    back_up(ledger.database, backup.with_name("b.backup"))


def test_a_process_of_before_finds_its_lease_lost(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    with ledger.leases.hold("issuer", 60) as before:
        assert before is not None
    set_schema_aside(ledger)
    put_back(database_url, backup, clock)
    with ledger.leases.hold("issuer", 60) as after:
        assert after is not None
        assert after.epoch > before.epoch + 1000


def test_a_recovery_under_way_in_the_backup_begins_anew_from_where_it_began(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    first = ledger.recovery.begin(clock.now() - timedelta(days=1), "an older one")
    ledger.recovery.exchange_done(first, "north")
    later = backup.with_name("b.backup")
    back_up(ledger.database, later)
    set_schema_aside(ledger)
    put_back(database_url, later, clock)
    recovery = ledger.recovery.active()
    assert recovery is not None
    assert recovery.since == first.since
    assert recovery.id != first.id
    assert ledger.recovery.exchanges_done(recovery) == frozenset()


def test_a_backup_goes_from_one_database_to_the_other(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, tmp_path: Path
) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere' / 'ledger.sqlite3'}"
    (tmp_path / "elsewhere").mkdir()
    assert put_back(elsewhere, backup, clock).set_aside is None
    other = SqlLedger(Database(elsewhere), clock)
    assert [event.hash for event in other.events.recent(10)][-3:] == [e.hash for e in ledger.events.recent(10)][-3:]
    other.database.close()


def test_nothing_is_restored_while_somebody_works(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    with (
        ledger.leases.hold("issuer", 60),
        pytest.raises(InvalidInput, match="the ledger is in use: issuer is held until 00:02:50 UTC"),
    ):
        put_back(database_url, backup, clock)
    assert ledger.events.recent(1)[0].kind == "Fourth"


def test_a_backup_without_any_event_is_not_worth_a_restore(
    ledger: SqlLedger, clock: StoppedClock, database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "empty.backup"
    back_up(ledger.database, path)
    ledger.database.close()
    with pytest.raises(InvalidInput, match="holds nothing"):
        put_back(database_url, path, clock)


def test_a_damaged_backup_changes_nothing(
    ledger: SqlLedger, backup: Path, clock: StoppedClock, database_url: str
) -> None:
    with backup.open("r+b") as file:
        file.truncate(8192)
    ledger.database.close()
    with pytest.raises(InvalidInput, match=str(backup)):
        put_back(database_url, backup, clock)
    assert ledger.events.recent(1)[0].kind == "Fourth"
    assert not list(backup.parent.glob(".*"))


def test_nobody_is_logged_in_to_a_restored_ledger(
    ledger: SqlLedger, clock: StoppedClock, database_url: str, tmp_path: Path
) -> None:
    operators = SqlOperators(ledger.database, clock)
    sessions = SqlSessions(ledger.database, clock, lifetime=timedelta(hours=12), idle=timedelta(hours=12))
    operators.add("anna", Role.ADMIN, "a hash", by="test")
    assert sessions.begin("token's hash", "anna", "a hash", "192.0.2.1", rehashed=None)
    backup = make_backup(ledger, clock, tmp_path)
    set_schema_aside(ledger)
    put_back(database_url, backup, clock)
    assert [one.name for one in operators.all()] == ["anna"]
    assert sessions.find("token's hash", is_sign_of_life=True) is None
