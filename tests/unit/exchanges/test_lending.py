import os
import threading

import pytest

from exchanges.lending import Lending


class Thing:
    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


def test_the_one_used_last_is_lent_again_whoever_asks() -> None:
    lending = Lending(Thing)
    with lending.lent() as first, lending.lent() as second:
        assert first is not second
    found: list[Thing] = []

    def ask() -> None:
        with lending.lent() as thing:
            found.append(thing)

    for _ in range(3):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert found == [first] * 3


def test_no_two_threads_ever_hold_one_at_once() -> None:
    lending, held, lock = Lending(Thing), set[Thing](), threading.Lock()
    together = threading.Barrier(8)
    clashes: list[Thing] = []

    def work() -> None:
        together.wait()
        for _ in range(200):
            with lending.lent() as thing:
                with lock:
                    clashes.extend({thing} & held)
                    held.add(thing)
                with lock:
                    held.discard(thing)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clashes == []


def test_one_whose_borrower_failed_is_lent_again() -> None:
    lending = Lending(Thing)
    with pytest.raises(ValueError, match="mine"), lending.lent() as first:
        raise ValueError("mine")
    with lending.lent() as second:
        assert second is first


def test_all_are_closed_those_that_are_out_too() -> None:
    lending = Lending(Thing)
    with lending.lent() as out:
        with lending.lent() as idle:
            pass
        lending.close()
        assert out.is_closed
        assert idle.is_closed


def test_a_forked_child_gets_its_own_and_lends_nothing_of_its_parents() -> None:
    lending = Lending(Thing)
    with lending.lent() as parents:
        pass
    child = os.fork()
    if child == 0:
        with lending.lent() as own:
            os._exit(own is parents)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with lending.lent() as again:
        assert again is parents
