from datetime import timedelta

import pytest

from app.alerting.settling import hold_seconds


@pytest.mark.parametrize(
    ("age_seconds", "limit_seconds", "expected"),
    [
        (0, 120, None),
        (99.9, 120, None),
        (100, 120, 20),
        (9999, 120, 20),
        (14.9, 30, None),
        (15, 30, 15),
        (-5, 30, None),
    ],
)
def test_what_is_seen_from_its_beginning_is_told_at_its_limit_and_what_is_old_a_moment_later(
    age_seconds: float, limit_seconds: float, expected: float | None
) -> None:
    assert hold_seconds(timedelta(seconds=age_seconds), limit_seconds) == expected
