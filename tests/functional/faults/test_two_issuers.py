"""Two issuers at once, which only a mistake brings about, one of them slower than its lease, and one that is orphaned."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from app.domain.issuances import Issuance
from app.store import tables
from tests.functional.faults.issuers import second_issuer
from tests.functional.faults.verdict import judge
from tests.functional.faults.world import CHILD, World, world
from tests.functional.instance import wait_until

pytestmark = pytest.mark.timeout(300)


def state_of(tortured: World, issuance: Issuance) -> str:
    table = tables.issuance
    with tortured.instance.ledger.database.read() as connection:
        return str(connection.execute(select(table.c.state).where(table.c.id == issuance.id)).scalar_one())


def stop_in_mid_issue(tortured: World, pid: int) -> Issuance:
    """Stop an issuer's child while an Issue of its own is under way; return that issuance."""
    stopped: list[Issuance] = []
    issuances = tortured.instance.ledger.issuances

    def is_stopped() -> bool:
        if issuances.open() is not None:
            os.kill(pid, signal.SIGSTOP)
            if found := issuances.open():
                stopped.append(found)
            else:
                os.kill(pid, signal.SIGCONT)
        return bool(stopped)

    wait_until(is_stopped, 60, "the issuer's child is stopped in mid-issue")
    return stopped[0]


def wait_for_more_sales(tortured: World, what: str) -> None:
    issued = tortured.instance.issued_sales()
    wait_until(lambda: tortured.instance.issued_sales() > issued, 60, f"sales are issued {what}")


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_two_issuers_a_slow_one_and_an_orphan_issue_every_sale_once(tmp_path: Path) -> None:
    with world(tmp_path, buyer_seconds=1.0, block_seconds=1.0, with_views=False) as tortured:
        main, child = tortured.pid_of("issuer"), tortured.pid_of(CHILD)
        assert main is not None
        assert child is not None
        under_way = stop_in_mid_issue(tortured, child)
        with second_issuer(tortured):
            wait_until(lambda: state_of(tortured, under_way) == "issued", 60, "the second issuer has finished it")
            os.kill(child, signal.SIGCONT)
            wait_for_more_sales(tortured, "by both")
            assert psutil.pid_exists(child)
            orphan = psutil.Process(child)
            os.kill(main, signal.SIGKILL)
            wait_until(lambda: has_ended(orphan), 60, "the child of the issuer that was killed has ended by itself")
            wait_until(lambda: tortured.pid_of(CHILD) not in (None, child), 60, "the issuer is back")
            wait_for_more_sales(tortured, "after the issuer was killed")
            psutil.Process(tortured.instance.pid_of("buyers")).suspend()
            verdict = judge(tortured.instance, 120)
        assert verdict.problems == ()
        assert verdict.agreement.issued_napu == verdict.agreement.sold_napu > 0
