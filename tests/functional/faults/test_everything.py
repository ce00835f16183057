"""Kill each part, die at each crash point and break each line while sales go on; in the end everything agrees."""

from pathlib import Path
from random import Random
from threading import Thread

import psutil
import pytest

from tests.functional.faults.kills import watched_sales
from tests.functional.faults.lanes import Torture, break_line, die, die_and_issue, kill_together
from tests.functional.faults.points import SHARED_POINTS
from tests.functional.faults.proxy import Fault
from tests.functional.faults.verdict import judge
from tests.functional.faults.world import LINES, world
from tests.functional.instance import running, wait_until

pytestmark = pytest.mark.timeout(600)

SEED = 3

ISSUER_DEATHS = (
    "before commit: issuance prepared",
    "after commit: issuance prepared",
    "after send: sign",
    "after commit: issuance signed",
    "after commit: issuance submitted",
    "after send: submit",
    "after commit: issuance issued",
)
"""One for each state the world can be in: each takes as long as the issuer's lease. `make torture` dies at every point."""


def kill_at_all_points(torture: Torture, dice: Random) -> None:
    """Until each was died at: those who would have come by may have been dead themselves."""
    while torture.goes_on and (left := set(SHARED_POINTS) - {death.what for death in torture.deaths}):
        die(torture, dice, sorted(left))


def kill_all_parts(torture: Torture, dice: Random) -> None:
    for part in torture.world.parts:
        torture.rest(dice.uniform(2.0, 6.0))
        kill_together(torture, [part])


def break_all_lines(torture: Torture, dice: Random) -> None:
    for fault in Fault:
        for line in LINES:
            torture.rest(dice.uniform(1.0, 3.0))
            break_line(torture, line, fault, dice.uniform(0.2, 3.0))


def test_whatever_dies_and_breaks_every_sale_is_issued_once_and_every_venue_shows_the_stack(tmp_path: Path) -> None:
    with (
        world(tmp_path, lines=LINES, buyer_seconds=1.0, with_views=False) as tortured,
        watched_sales(tortured) as sales,
    ):
        torture = Torture(tortured, None, sales, SEED, most_kills=1000)
        threads = [
            Thread(target=lane, args=(torture, Random(f"{SEED}/{lane.__name__}")))  # noqa: S311
            for lane in (kill_at_all_points, kill_all_parts, break_all_lines)
        ]
        for thread in threads:
            thread.start()
        try:
            die_and_issue(torture, Random(SEED), ISSUER_DEATHS)  # noqa: S311
            for thread in threads:
                thread.join()
        finally:
            torture.end()
        assert {death.what for death in torture.deaths} == {*ISSUER_DEATHS, *SHARED_POINTS, *tortured.parts}
        psutil.Process(tortured.instance.pid_of("buyers")).suspend()
        verdict = judge(tortured.instance, 120)
        assert verdict.problems == ()
        assert verdict.agreement.issued_napu == verdict.agreement.sold_napu > 0


def test_when_all_is_killed_at_once_nothing_stays_behind_and_it_goes_on_from_where_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    with running(folder, "--no-views", "--buyer-seconds", "0.5", "--block-seconds", "0.3") as instance:
        wait_until(lambda: instance.issued_sales() >= 3, 90, "sales are issued")
        instance.kill_outright()
        before = instance.issued_sales()
    with running(folder, "--no-views") as instance:
        wait_until(lambda: instance.issued_sales() >= before + 3, 90, "sales go on")
        psutil.Process(instance.pid_of("buyers")).suspend()
        verdict = judge(instance, 120)
        assert verdict.problems == ()
