"""A prefork worker's parent is asked, and its children do the work."""

import json
import subprocess
import sys
from pathlib import Path

from tests.integration.app.telemetry import forking

ROOT = Path(__file__).parents[4]


def test_a_parent_shows_the_sum_over_its_children_whatever_becomes_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", forking.__name__], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    told = {line["step"]: line["sums"] for line in map(json.loads, done.stdout.splitlines())}
    assert told["two children"] == {"north": 3, "south": 1}
    assert told["one has died"] == {"north": 3, "south": 1}
    assert told["another took its place"] == {"north": 3, "south": 2}
    assert told["one hangs"] == {"north": 3, "south": 2}
    assert told["it goes on"] == {"north": 3, "south": 2}
    assert told["all have died"] == {"north": 3, "south": 2}
    assert "does not tell its figures in time" in done.stderr
