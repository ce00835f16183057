import threading
from contextvars import copy_context

import pytest

from app.telemetry.correlation import about, begin, correlated, correlation_id, end, occasion


def test_a_task_works_under_the_id_that_came_with_its_message() -> None:
    begin("poll", "1", "0123abcd")
    assert (correlation_id(), occasion().task, occasion().task_id) == ("0123abcd", "poll", "1")
    end()
    assert (correlation_id(), occasion().task) == ("", "")


@pytest.mark.parametrize("given", [None, "", "x" * 65, "two words", 'a"quote', "line\nbreak", 17])
def test_without_an_id_or_with_one_that_is_none_a_task_begins_a_new_one(given: object) -> None:
    begin("poll", "1", given)
    first = correlation_id()
    begin("poll", "2", given)
    second = correlation_id()
    end()
    assert len(first) == len(second) == 16
    assert first != second


def fail_about(expected: tuple[tuple[str, str | int], ...]) -> None:
    assert occasion().about == expected
    _ = 1 / 0


def test_what_it_is_about_ends_with_the_block_even_when_that_fails() -> None:
    with about(exchange="north"):
        with pytest.raises(ZeroDivisionError), about(generation=3):
            fail_about((("exchange", "north"), ("generation", 3)))
        assert occasion().about == (("exchange", "north"),)
    assert occasion().about == ()


def test_a_thread_works_under_the_id_of_the_context_that_it_is_given() -> None:
    seen: list[str] = []
    with correlated("0123abcd"):
        context = copy_context()
        thread = threading.Thread(target=context.run, args=(lambda: seen.append(correlation_id()),))
        thread.start()
        thread.join()
    assert seen == ["0123abcd"]
    assert correlation_id() == ""
