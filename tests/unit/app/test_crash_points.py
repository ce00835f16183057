"""Every crash point in the source is one that the fault tests kill at, and a process dies there when it is asked to."""

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import crash_points
from app.domain.issuances import IssuanceState
from tests.functional.faults.points import ISSUER_POINTS, RARE_POINTS, SHARED_POINTS

ROOT = Path(crash_points.__file__).parents[1]
SOURCES = [path for folder in ("app", "tasks", "exchanges") for path in (ROOT / folder).rglob("*.py")]


INSERTS = {"{state}": tuple(IssuanceState), "{request.type}": ("sign", "recall")}
"""What stands in a name's place: the states an issuance can move to, and what the signing service is asked."""


def names_in(path: Path) -> Iterator[str]:
    """What `around(...)` and `....write(...)` of a database are given in one file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function, argument = node.func, node.args[0]
        if isinstance(function, ast.Name) and function.id == "around":
            yield from _texts(argument)
        if isinstance(function, ast.Attribute) and function.attr == "write" and "database" in ast.unparse(function):
            yield from (f"commit: {name}" for name in _texts(argument))


def _texts(argument: ast.expr) -> list[str]:
    text = ast.unparse(argument)
    for insert, values in INSERTS.items():
        if insert in text:
            return [str(ast.literal_eval(text.removeprefix("f").replace(insert, value))) for value in values]
    return [str(ast.literal_eval(text))]


def test_every_crash_point_of_the_source_is_killed_at_by_a_test() -> None:
    found = {f"{side} {name}" for path in SOURCES for name in names_in(path) for side in ("before", "after")}
    assert found == {*ISSUER_POINTS, *SHARED_POINTS, *RARE_POINTS}


def test_no_point_is_listed_twice() -> None:
    points = (*ISSUER_POINTS, *SHARED_POINTS, *RARE_POINTS)
    assert len(points) == len(set(points))


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    program = f"from app.crash_points import around\n{code}"
    environment = {crash_points.VARIABLE: str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("point", "printed"), [("before send: it", ""), ("after send: it", "sent\n")])
def test_a_process_dies_at_the_point_that_is_asked_for_and_only_one_does(
    tmp_path: Path, point: str, printed: str
) -> None:
    (tmp_path / point).touch()
    code = "with around('send: it'): print('sent', flush=True)\nprint('went on')"
    first, second = run(tmp_path, code), run(tmp_path, code)
    assert (first.returncode, first.stdout) == (-signal.SIGKILL, printed)
    assert (second.returncode, second.stdout) == (0, "sent\nwent on\n")
    assert [path.name.rpartition(" by ")[0] for path in tmp_path.iterdir()] == [point]


def test_what_went_wrong_is_not_marked_as_sent(tmp_path: Path) -> None:
    (tmp_path / "after send: it").touch()
    done = run(tmp_path, "try:\n  with around('send: it'): raise OSError\nexcept OSError: print('failed')")
    assert (done.returncode, done.stdout) == (0, "failed\n")
