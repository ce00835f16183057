"""`meic demo`: the whole thing in one command, judged by what venues and chain say themselves."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.functional.instance import MEIC

pytestmark = pytest.mark.timeout(300)


def test_the_demo_sells_issues_publishes_and_agrees_to_the_napu(tmp_path: Path) -> None:
    command = [MEIC, "demo", "--sales", "12", "--json", "--buyer-seconds", "0.3", "--limit-seconds", "150"]
    environment = os.environ | {"MEIC_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["agrees"] is True
    assert said["sales"] >= 12
    assert said["sold"] == said["issued"] == said["issuances_sum"]
    assert set(said["exchanges"]) == {"bitmart", "north", "south"}
    assert all(exchange["offered"] == exchange["due"] for exchange in said["exchanges"].values())
    assert list((tmp_path / "home" / "logs").glob("*.log"))


def test_a_demo_that_cannot_be_done_in_time_says_so_and_ends_everything(tmp_path: Path) -> None:
    command = [MEIC, "demo", "--sales", "100000", "--limit-seconds", "8"]
    environment = os.environ | {"MEIC_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "waited 8 s for 100000 issued sales, in vain" in done.stderr
    assert "Traceback" not in done.stderr
