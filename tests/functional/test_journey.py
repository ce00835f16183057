"""From an empty folder to issued and published sales, with real processes."""

import os
import subprocess
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from app.domain.fills import FillKind
from tests.fakes.trace_collector import trace_collector
from tests.functional import following
from tests.functional.instance import MEIC, RunningInstance, running, wait_until

pytestmark = pytest.mark.timeout(420)


def meic(instance: RunningInstance, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MEIC_HOME": str(instance.home.folder)}
    return subprocess.run([MEIC, *arguments], env=environment, capture_output=True, text=True, check=False)


def trade_by_hand(instance: RunningInstance) -> tuple[tuple[str, int], ...]:
    """Have the operator sell and buy on the issuer's own account; return the orders, as (venue, id)."""
    ids = []
    with instance.client("north", "issuer") as issuer, instance.client("north", "buyer-1") as trader:
        # A sell below our offers, so that it is the first to be bought; it is none of ours.
        best = issuer.depth().asks[0].price
        ids.append(issuer.place("sell", best - Decimal("0.05"), Decimal("3.5")))
        trader.place("buy", best - Decimal("0.05"), Decimal("3.5"))
        # A buy from somebody who sells tokens of his own.
        trader.place("sell", best - Decimal("0.04"), Decimal(2))
        ids.append(issuer.place("buy", best - Decimal("0.04"), Decimal(2)))
    return tuple(("north", number) for number in ids)


def test_sales_on_all_venues_are_issued_once_and_every_venue_shows_the_new_stack(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    with running(folder, "--buyer-seconds", "0.4", "--block-seconds", "0.5", "--no-views") as instance:
        wait_until(lambda: instance.issued_sales() >= 10, 120, "ten sales are issued")
        by_hand = trade_by_hand(instance)
        wait_until(lambda: instance.issued_sales() >= 40, 120, "forty sales are issued")
        buyers = psutil.Process(instance.pid_of("buyers"))
        buyers.suspend()
        agreement = instance.settled_agreement(not_ours=by_hand)
        assert agreement.agrees, agreement
        assert agreement.issued_napu == agreement.sold_napu == agreement.issuances_napu > 0
        assert all(exchange.sales > 0 for exchange in agreement.exchanges)

        kinds = [kind for exchange, fill, kind in instance.ledger.fills.recent(10_000) if exchange == "north"]
        assert kinds.count(FillKind.UNCLAIMED) == 1
        assert kinds.count(FillKind.OTHER) == 1

        doctor = meic(instance, "doctor")
        assert doctor.returncode == 0, doctor.stdout
        assert "WRONG" not in doctor.stdout
        rung = meic(instance, "poll", "bitmart")
        assert (rung.returncode, rung.stdout) == (0, "new: 0, sales: 0, unclaimed: 0\n")
        assert meic(instance, "issue").stdout.startswith("issued: []")
        assert meic(instance, "publish").returncode == 0
        buyers.resume()
        wait_until(lambda: instance.overview().totals.issued_napu > agreement.issued_napu, 60, "more is issued")

    with running(folder, "--no-views") as instance:
        issued_before = instance.overview().totals.issued_napu
        assert issued_before > agreement.issued_napu
        wait_until(lambda: instance.overview().totals.issued_napu > issued_before, 90, "it goes on from where it was")
        psutil.Process(instance.pid_of("buyers")).suspend()
        again = instance.settled_agreement(not_ours=by_hand)
        assert again.agrees, again
        assert again.issued_napu > issued_before


def test_a_task_is_rung_from_a_shell_with_celery_itself_and_can_be_followed(tmp_path: Path) -> None:
    with (
        trace_collector() as collector,
        running(
            tmp_path / "home", "--no-buyers", variables={"MEIC_TELEMETRY__OTLP_ENDPOINT": collector.url}
        ) as instance,
    ):
        instance.buy("bitmart", "12.34")
        celery = str(Path(MEIC).with_name("celery"))
        environment = os.environ | {"MEIC_HOME": str(instance.home.folder)}
        call = [celery, "-A", "app", "call", "tasks.polling.poll_exchange", "--args", '["bitmart"]']
        rung = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
        assert rung.returncode == 0, rung.stderr
        wait_until(lambda: instance.overview().totals.issued_napu == 12_34 * 10**6, 30, "the sale is issued")
        agreement = instance.settled_agreement()
        assert agreement.agrees, agreement
        ((_, fill, _),) = instance.ledger.fills.recent(10)
        wait_until(lambda: following.is_logged(instance.home.logs, fill.fill_id), 20, "its way is in the logs")
        wait_until(lambda: following.is_traced(collector), 20, "its way is one trace")
        wait_until(lambda: following.is_counted(instance.settings), 20, "the issuer's child is counted")


def test_two_instances_run_side_by_side_and_one_home_runs_once(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    with running(first, "--no-buyers", "--no-views") as one, running(second, "--no-buyers", "--no-views") as two:
        again = meic(one, "up", "--no-live")
        assert again.returncode == 2
        assert again.stderr.startswith(f"meic: {first} is in use by process")
        one.buy("south", "1")
        two.buy("south", "2")
        wait_until(lambda: one.overview().totals.issued_napu == 10**8, 60, "the first instance issued its sale")
        wait_until(lambda: two.overview().totals.issued_napu == 2 * 10**8, 60, "the second instance issued its own")
