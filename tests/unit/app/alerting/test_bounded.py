import subprocess
import sys
import threading

import pytest

from app.alerting.bounded import BoundedCall

PATIENCE_SECONDS = 20.0


def test_what_a_call_returned_is_taken_once() -> None:
    call: BoundedCall[int] = BoundedCall("a call")
    call.begin(lambda: 7)
    assert call.take(PATIENCE_SECONDS) == 7
    assert not call.is_running
    with pytest.raises(TimeoutError, match="a call"):
        call.take(0.0)


def test_what_a_call_raised_is_raised_where_it_is_taken() -> None:
    def fail() -> None:
        raise OSError("no")

    call: BoundedCall[None] = BoundedCall("a call")
    call.begin(fail)
    with pytest.raises(OSError, match="no"):
        call.take(PATIENCE_SECONDS)
    assert not call.is_running


def test_a_call_that_hangs_is_waited_for_only_so_long_and_its_answer_can_be_taken_later() -> None:
    may_answer = threading.Event()
    call: BoundedCall[bool] = BoundedCall("a call")
    call.begin(may_answer.wait)
    with pytest.raises(TimeoutError, match="a call: no answer for 0 s"):
        call.take(0.02)
    assert call.is_running
    may_answer.set()
    assert call.take(PATIENCE_SECONDS)


def test_a_timeout_of_the_calls_own_ends_it() -> None:
    def fail() -> None:
        raise TimeoutError("its own")

    call: BoundedCall[None] = BoundedCall("a call")
    call.begin(fail)
    with pytest.raises(TimeoutError, match="its own"):
        call.take(PATIENCE_SECONDS)
    assert not call.is_running


def test_a_process_whose_call_hangs_can_end_and_commands_do_not_import_apprise() -> None:
    program = (
        "import sys, threading, app.cli\n"
        "from app.alerting.bounded import BoundedCall\n"
        "BoundedCall('hangs').begin(threading.Event().wait)\n"
        "print('apprise' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
