import pytest

from app.access.bad_signatures import _MOST_SITES, MOST_PER_MINUTE, BadSignatures
from app.domain.errors import InvalidInput
from tests.integration.app.store.conftest import StoppedClock


def test_a_site_that_sent_twenty_wrong_ones_is_refused_for_the_rest_of_the_minute() -> None:
    clock = StoppedClock()
    bad = BadSignatures(clock)
    for _ in range(MOST_PER_MINUTE):
        bad.check("192.0.2.7")
        bad.note("192.0.2.7")
    clock.wait(59)
    with pytest.raises(InvalidInput, match="too many wrong signatures"):
        bad.check("192.0.2.7")
    bad.check("192.0.2.8")
    clock.wait(1)
    bad.check("192.0.2.7")


def test_it_does_not_grow_without_end() -> None:
    bad = BadSignatures(StoppedClock())
    for number in range(_MOST_SITES + 10):
        bad.note(str(number))
    assert len(bad._counted) == _MOST_SITES
