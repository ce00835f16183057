import pytest

from app.domain.clocks import ClockReading, is_own_clock_wrong


def readings(*offsets: float) -> list[ClockReading]:
    return [ClockReading(f"x{number}", offset, 0.1) for number, offset in enumerate(offsets)]


def wrong(*offsets: float) -> bool:
    all_of_them = readings(*offsets)
    return is_own_clock_wrong(all_of_them, [each for each in all_of_them if each.is_off(5)])


@pytest.mark.parametrize("offsets", [(6, 7), (-6, -7), (6, 7, 0), (6, 7, 0.2, 9), (-6, -7, 30)])
def test_when_most_of_at_least_two_are_off_the_same_way_our_clock_is_wrong(offsets: tuple[float, ...]) -> None:
    assert wrong(*offsets)


@pytest.mark.parametrize("offsets", [(), (60,), (0, 0), (6, 0), (6, -6), (6, 7, 0, 0), (6, 7, -6, -7)])
def test_otherwise_it_is_theirs_or_nobodys(offsets: tuple[float, ...]) -> None:
    assert not wrong(*offsets)


@pytest.mark.parametrize(("offset", "uncertainty", "is_off"), [(5, 0, False), (5.1, 0, True), (-5.1, 0, True)])
def test_a_clock_is_off_only_beyond_the_maximum(offset: float, uncertainty: float, is_off: bool) -> None:
    assert ClockReading("x", offset, uncertainty).is_off(5) is is_off


def test_a_slow_answer_proves_nothing() -> None:
    assert not ClockReading("x", 7, 2.5).is_off(5)
    assert ClockReading("x", 7, 1.5).is_off(5)
