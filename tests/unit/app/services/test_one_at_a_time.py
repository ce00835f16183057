import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.services.one_at_a_time import OneAtATime
from tests.functional.instance import wait_until


def test_what_is_asked_for_meanwhile_is_done_once_more_by_the_one_who_is_at_it() -> None:
    things, begun, go_on = OneAtATime(), threading.Event(), threading.Event()
    runs: list[int] = []

    def slow() -> int:
        runs.append(threading.get_ident())
        begun.set()
        assert go_on.wait(10)
        return len(runs)

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(things.do, "north", slow)
        assert begun.wait(10)
        assert [things.do("north", slow) for _ in range(5)] == [[]] * 5
        assert things.do("south", lambda: 7) == [7], "another thing does not wait"
        go_on.set()
        assert first.result(10) == [1, 2]
    assert len(set(runs)) == 1
    assert things.do("north", lambda: 3) == [3]


def test_what_fails_ends_it_and_can_be_done_again() -> None:
    things = OneAtATime()
    with pytest.raises(ZeroDivisionError):
        things.do("north", lambda: 1 // 0)
    assert things.do("north", lambda: 3) == [3]


def test_nothing_that_was_asked_for_is_left_undone_however_threads_meet() -> None:
    things, asked, seen = OneAtATime(), [0], [0]
    lock = threading.Lock()

    def look() -> None:
        seen[0] = asked[0]

    def ask(_: int) -> None:
        with lock:
            asked[0] += 1
        things.do("north", look)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(2000)))
    wait_until(lambda: seen[0] == 2000, 5, "the last one that was asked for")
