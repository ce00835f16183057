import pytest

from app.domain.errors import Unavailable
from app.vitals.pulse import Pulse


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_pulse_is_as_old_as_its_last_beat() -> None:
    seconds = Seconds()
    pulse = Pulse(seconds)
    seconds.now += 7
    assert pulse.age_seconds() == 7
    pulse.beat()
    assert pulse.age_seconds() == 0


def test_it_may_be_as_old_as_it_is_allowed_to_be_and_no_older() -> None:
    seconds = Seconds()
    check = Pulse(seconds).within(15)
    seconds.now += 15
    assert check() == "it went round 15.0 s ago"
    seconds.now += 0.5
    with pytest.raises(Unavailable, match="it went round 16 s ago; expected within 15 s"):
        check()
