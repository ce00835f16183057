"""Kill each part in turn while sales go on; in the end everything agrees to the napu."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.functional.instance import RunningInstance, running, wait_until

pytestmark = pytest.mark.timeout(600)

PARTS = ("issuer's child", "issuer", "polling", "offers", "beat", "broker", "signer", "chain", "venues")


def pid_of(instance: RunningInstance, part: str) -> int | None:
    return instance.issuer_child() if part == "issuer's child" else instance.pid_of(part)


def kill(instance: RunningInstance, part: str) -> None:
    """Kill a part, and return when its supervisor has started another."""
    killed = pid_of(instance, part)
    assert killed is not None, f"{part} is not running"
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: pid_of(instance, part) not in (None, killed), 30, f"{part} is started again")


def wait_for_more_sales(instance: RunningInstance, count: int, what: str) -> None:
    enough = instance.issued_sales() + count
    wait_until(lambda: instance.issued_sales() >= enough, 90, what)


def test_whatever_is_killed_every_sale_is_issued_once_and_every_venue_shows_the_stack(tmp_path: Path) -> None:
    with running(tmp_path / "home", "--buyer-seconds", "0.5", "--block-seconds", "0.3") as instance:
        for part in PARTS:
            wait_for_more_sales(instance, 1, f"sales go on before {part} is killed")
            kill(instance, part)
            wait_for_more_sales(instance, 3, f"sales go on after {part} was killed")
        psutil.Process(instance.pid_of("buyers")).suspend()
        agreement = instance.settled_agreement(120)
        assert agreement.agrees, agreement
        assert agreement.issued_napu == agreement.sold_napu == agreement.issuances_napu


def test_when_all_is_killed_at_once_nothing_stays_behind_and_it_goes_on_from_where_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    with running(folder, "--buyer-seconds", "0.5", "--block-seconds", "0.3") as instance:
        wait_for_more_sales(instance, 3, "sales are issued")
        instance.kill_outright()
    with running(folder) as instance:
        wait_for_more_sales(instance, 3, "sales go on")
        psutil.Process(instance.pid_of("buyers")).suspend()
        agreement = instance.settled_agreement(120)
        assert agreement.agrees, agreement
