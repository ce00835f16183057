"""An old ledger is put back: nothing that was sold since is lost, and nothing is issued twice."""

import os
import shutil
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.functional.instance import MEIC, RunningInstance, running, wait_until

pytestmark = pytest.mark.timeout(900)

OPTIONS = ("--buyer-seconds", "0.5", "--block-seconds", "0.5")


def meic(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MEIC_HOME": str(folder)}
    return subprocess.run([MEIC, *arguments], env=environment, capture_output=True, text=True, check=False)


def wait_for_more_sales(instance: RunningInstance, count: int) -> None:
    enough = instance.issued_sales() + count
    wait_until(lambda: instance.issued_sales() >= enough, 120, f"{count} more sales are issued")


def events(instance: RunningInstance, kind: str) -> int:
    return sum(event.kind == kind for event in instance.ledger.events.recent(100_000))


def check_recovered(instance: RunningInstance, sales_before: int) -> None:
    """Wait until the ledger has learnt what it forgot and sales go on; then everything agrees, by venues' and chain's word."""
    wait_until(lambda: events(instance, "RecoveryFinished") == 1, 150, "the ledger has recovered")
    wait_until(lambda: instance.issued_sales() >= sales_before + 3, 120, "what was forgotten is known, and sales go on")
    psutil.Process(instance.pid_of("buyers")).suspend()
    agreement = instance.settled_agreement(120)
    assert agreement.agrees, agreement
    assert agreement.issued_napu == agreement.sold_napu == agreement.issuances_napu
    assert instance.overview().totals.issued_napu == agreement.issued_napu
    assert instance.issued_sales() == sum(exchange.sales for exchange in agreement.exchanges)
    assert meic(instance.home.folder, "backup", str(instance.home.folder / "after.backup")).returncode == 0


def test_after_an_old_backup_is_restored_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    folder, backup = tmp_path / "home", tmp_path / "a.backup"
    with running(folder, "--no-views", *OPTIONS) as instance:
        wait_for_more_sales(instance, 8)
        made = meic(folder, "backup", str(backup))
        assert made.returncode == 0, made.stderr
        assert meic(folder, "backup", "--check", str(backup)).stdout == made.stdout
        again = meic(folder, "backup", str(backup))
        assert (again.returncode, again.stderr.count("\n")) == (2, 1)
        refused = meic(folder, "restore", str(backup), "--why", "while it runs")
        assert refused.returncode == 2
        assert refused.stderr.startswith("meic: workers are running (")
        wait_for_more_sales(instance, 8)
        sales = instance.issued_sales()

    restored = meic(folder, "restore", str(backup), "--why", "a test")
    assert restored.returncode == 0, restored.stderr
    assert "the broker does not answer" in restored.stdout
    (aside,) = folder.glob("ledger.sqlite3.before-*")
    assert meic(folder, "backup", "--check", str(aside)).returncode == 0

    with running(folder, "--no-views") as instance:
        assert events(instance, "Restored") == 1
        check_recovered(instance, sales)


def test_a_ledger_file_that_was_replaced_by_an_old_copy_is_noticed_by_itself(tmp_path: Path) -> None:
    folder, copy = tmp_path / "home", tmp_path / "old.sqlite3"
    with running(folder, "--no-views", *OPTIONS) as instance:
        wait_for_more_sales(instance, 8)
    shutil.copyfile(folder / "ledger.sqlite3", copy)
    with running(folder, "--no-views") as instance:
        wait_for_more_sales(instance, 8)
        sales = instance.issued_sales()
    shutil.copyfile(copy, folder / "ledger.sqlite3")

    with running(folder, "--no-views") as instance:
        check_recovered(instance, sales)
        assert events(instance, "RecoveryBegun") == 1
