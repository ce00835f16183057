"""Die at each crash point that only trouble or an operator leads to, do the same again, and find it done once."""

import os
import signal
import subprocess
import sys

import pytest

from app.crash_points import VARIABLE
from tests.functional.faults.points import RARE_POINTS


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Die at every point, and do each step again and check it; return what the processes said."""
    folder = tmp_path_factory.mktemp("rare")
    command = [sys.executable, "-m", "tests.functional.faults.rare", str(folder), *RARE_POINTS]
    environment = os.environ | {VARIABLE: str(folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("point", RARE_POINTS)
def test_a_step_that_a_kill_cut_short_is_done_once_when_it_is_done_again(
    endings: subprocess.CompletedProcess[str], point: str
) -> None:
    assert f"{point}: {-signal.SIGKILL}, 0\n" in endings.stdout, endings.stderr
