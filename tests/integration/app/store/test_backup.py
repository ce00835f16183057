import errno
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.domain.errors import InvalidInput, MeicError
from app.domain.fills import Fill, FillPage, Side
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState
from app.domain.offers import desired_stack
from app.domain.showing import ShownLevel
from app.store import tables
from app.store.backup import back_up
from app.store.backup_file import check_backup, open_backup
from app.store.columns import metadata
from app.store.database import Database
from app.store.ledger import SqlLedger

NDAU = 10**8
OFFERED = 3


def fill(number: int) -> Fill:
    at = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC) + timedelta(seconds=number)
    return Fill(f"f{number:07}", "77", Side.SELL, 10**11, NDAU, "0.1", at, '{"quantity": "1.00", "note": "ünï"}')


def sell(ledger: SqlLedger, numbers: range) -> None:
    ledger.fills.record("north", FillPage(tuple(fill(number) for number in numbers), f"p{numbers.stop}"))


@pytest.fixture
def sold(ledger: SqlLedger) -> SqlLedger:
    """A ledger with a generation, an open offer, ten sales of one ndau, five of them in an issuance, and a lifted halt."""
    stack = desired_stack(0, OFFERED)
    generation = ledger.offers.decide(NewGeneration(0, 0, 0, 0, stack, "test", ("north",)))
    with ledger.leases.hold("offers:north", 60) as lease:
        assert lease is not None
        (offer,) = ledger.offers.intend(
            lease, "north", generation=generation.number, levels=[ShownLevel.at_target(stack[0])]
        )
        ledger.offers.settle(lease, "north", [OfferOutcome(offer.client_order_id, OfferState.OPEN, "77")])
        sell(ledger, range(10))
        sales = ledger.fills.unissued_sales(5)
        ledger.issuances.prepare(lease, issuer_address="nde", sequence=4, tx_hash="hash", sales=sales)
    ledger.events.append("Tested", "ünï", {"quantity": 1})
    return ledger


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as this code reads them."""
    with database.read() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
        }


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    engine = open_backup(path)
    try:
        with engine.connect() as connection:
            return {
                name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for name, table in metadata.tables.items()
            }
    finally:
        engine.dispose()


def test_a_backup_holds_every_row_of_the_ledger_in_one_private_file(sold: SqlLedger, tmp_path: Path) -> None:
    path = tmp_path / "backups" / "a.backup"
    path.parent.mkdir()
    content = back_up(sold.database, path)
    assert rows_of(path) == rows(sold.database)
    assert (content.fills, content.sales, content.issuances) == (10, 10, 1)
    newest = sold.events.recent(1)[0]
    assert (content.last_event, content.last_hash, content.last_at) == (newest.number, newest.hash, newest.at)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["a.backup"]
    assert check_backup(path) == content


def test_a_backup_that_is_there_is_never_overwritten(sold: SqlLedger, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    path.write_text("something else")
    with pytest.raises(InvalidInput, match="exists already and is not overwritten"):
        back_up(sold.database, path)
    assert path.read_text() == "something else"


def test_a_name_that_is_taken_while_the_backup_is_made_is_left_alone(
    sold: SqlLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.backup"

    def check_and_be_overtaken(copy: Path, name: str) -> object:
        path.write_text("something else")
        return check_backup(copy, name)

    monkeypatch.setattr("app.store.backup.check_backup", check_and_be_overtaken)
    with pytest.raises(InvalidInput, match="is not overwritten"):
        back_up(sold.database, path)
    assert path.read_text() == "something else"
    assert not list(tmp_path.glob(".*"))


def test_a_file_system_without_hard_links_gets_its_backup_too(
    sold: SqlLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "link", refuse)
    content = back_up(sold.database, tmp_path / "a.backup")
    assert check_backup(tmp_path / "a.backup") == content
    assert not list(tmp_path.glob(".*"))


def test_a_backup_into_a_folder_that_is_not_there_says_so(sold: SqlLedger, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be made: No such file or directory"):
        back_up(sold.database, tmp_path / "nowhere" / "a.backup")


def test_where_there_is_no_ledger_none_is_made_and_nothing_is_backed_up(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    with pytest.raises(InvalidInput, match="there is no ledger"):
        back_up(database, tmp_path / "a.backup")
    database.close()
    assert not list(tmp_path.iterdir())


def test_a_backup_is_of_one_moment_while_writers_go_on(sold: SqlLedger, tmp_path: Path) -> None:
    """Each page's sales, position and event come in one transaction, so a copy of one moment has all or none of them."""
    stop = threading.Event()
    failed: list[Exception] = []

    def write() -> None:
        first = 10
        while not stop.is_set():
            try:
                sell(sold, range(first, first + 3))
            except Exception as error:  # noqa: BLE001  the test's own thread tells
                failed.append(error)
                return
            first += 3

    writers = [threading.Thread(target=write)]
    for writer in writers:
        writer.start()
    try:
        contents = []
        for number in range(8):
            path = tmp_path / f"{number}.backup"
            contents.append(back_up(sold.database, path))
            copied = rows_of(path)
            (cursor,) = copied["cursor"]
            assert cursor[1:3] == (f"p{len(copied['fill'])}", len(copied["fill"]) * NDAU)
            recorded = [event for event in copied["event"] if event[2] == "FillsRecorded"]
            assert len(copied["fill"]) == 10 + 3 * (len(recorded) - 1)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert not failed
    assert contents[-1].fills > contents[0].fills


@pytest.mark.usefixtures("sold")
def test_a_full_disk_leaves_nothing_half_done(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    # A limit on the size of files is what a test can have of a full disk.
    code = f"""
import resource, sys
from pathlib import Path
from app.domain.errors import Unavailable
from app.store.backup import back_up
from app.store.database import Database
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    back_up(Database({database_url!r}), Path({str(folder / "a.backup")!r}))
except Unavailable as error:
    sys.exit(str(error))
"""
    # Without coverage, whose own file would not fit either.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("no backup was made: ")
    assert done.stderr.count("\n") == 1
    assert not list(folder.iterdir())


def altered(path: Path, statement: str) -> Path:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()
    return path


@pytest.fixture
def backup(sold: SqlLedger, tmp_path: Path) -> Path:
    path = tmp_path / "a.backup"
    back_up(sold.database, path)
    return path


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE event SET detail = replace(detail, '1', '2') WHERE number = 2", "event 2 of the audit trail is not"),
        ("DELETE FROM event WHERE number = 2", "event 2 of the audit trail is missing"),
        ("DELETE FROM event WHERE number = (SELECT max(number) FROM event)", "by the ledger's own note at event"),
        ("DELETE FROM event_head", "by the ledger's own note nowhere"),
        ("DELETE FROM issuance", "a row of its table fill refers to a row of issuance that is missing"),
        ("UPDATE alembic_version SET version_num = '9999'", "use the release that made it"),
        ("DROP TABLE event", "is no backup of a ledger, or is damaged"),
    ],
)
def test_a_backup_that_was_altered_is_found_out(backup: Path, statement: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        check_backup(altered(backup, statement))
    assert str(refused.value).startswith(str(backup))


def flip_a_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def leave_a_log(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"x")


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (flip_a_page, "damaged"),
        (cut, "damaged"),
        (empty, "is no backup of a ledger"),
        (leave_a_log, "part of it is in a.backup-wal"),
        (remove, "cannot be read: No such file"),
    ],
)
def test_a_file_that_is_no_whole_backup_is_found_out(backup: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(backup)
    with pytest.raises(InvalidInput, match=words):
        check_backup(backup)


def test_checking_changes_nothing_and_leaves_nothing_beside(backup: Path) -> None:
    backup.chmod(0o400)
    backup.parent.chmod(0o500)
    before = backup.read_bytes()
    try:
        check_backup(backup)
        assert backup.read_bytes() == before
        assert not list(backup.parent.glob("a.backup?*"))
    finally:
        backup.parent.chmod(0o700)


def test_a_damaged_ledger_gives_no_backup(sold: SqlLedger, tmp_path: Path) -> None:
    with sold.database.write("test") as connection:
        connection.execute(update(tables.event).where(tables.event.c.number == 1).values(detail="{}"))
    with pytest.raises(MeicError, match="the copy of the ledger: event 1 of the audit trail is not what was written"):
        back_up(sold.database, tmp_path / "a.backup")
    assert not list(tmp_path.glob("*.backup*"))
