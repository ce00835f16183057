from datetime import timedelta

import pytest

from app.alerting.wording import count_of, lasted


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (86_400 + 7200, "1 d 2 h"),
        (86_400 * 40, "40 d"),
    ],
)
def test_a_duration_reads_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert lasted(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 sales"), (1, "1 sale"), (2, "2 sales")])
def test_a_number_has_its_noun(number: int, words: str) -> None:
    assert count_of(number, "sale", "sales") == words
