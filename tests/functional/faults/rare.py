"""Lead processes to the crash points by which nobody comes while all goes well: `python -m ... FOLDER POINT...`.

For each point one process dies there; then another does the same again and checks that it was done once. All are forks of
this one, which is much quicker than starting each; it prints how the two of each point ended.
"""

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.functional.faults.rare_cases import CASES


def step_of(point: str) -> str:
    """Return the step that has this point before or after it."""
    return point.partition(" ")[2]


def _in_a_process_of_its_own(do: Callable[[], None]) -> int:
    """Return its exit code, or the number of the signal that ended it, below 0."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        do()
        os._exit(0)
    except BaseException:  # noqa: BLE001  whatever it was, this process must not go on as its parent
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def _die_and_do_again(folder: Path, point: str) -> tuple[int, int]:
    own = folder / point.replace(" ", "-")
    own.mkdir()
    with CASES[step_of(point)](own) as case:

        def do_again_and_check() -> None:
            case.do()
            case.check()

        (folder / point).touch()
        return _in_a_process_of_its_own(case.do), _in_a_process_of_its_own(do_again_and_check)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        first, second = _die_and_do_again(Path(sys.argv[1]), name)
        sys.stdout.write(f"{name}: {first}, {second}\n")
        sys.stdout.flush()
