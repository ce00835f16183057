import pytest

from venue.config import LimitsConfig
from venue.gateway.binance import limits as limits_module
from venue.gateway.binance.errors import CallRefused
from venue.gateway.binance.limits import REFUSALS_BEFORE_BAN, Limits

MINUTE = 60_000
START = 100 * MINUTE


def refused(limits: Limits, now_ms: int, address: str = "ann") -> CallRefused:
    with pytest.raises(CallRefused) as caught:
        limits.charge(address, 1, now_ms)
    return caught.value


def test_weight_is_counted_by_address_and_minute() -> None:
    limits = Limits(LimitsConfig(weight_per_minute=10))
    assert [limits.charge("ann", 4, START), limits.charge("ann", 6, START + 59_999)] == [4, 10]
    assert limits.charge("bob", 10, START) == 10
    error = refused(limits, START + 20_001)
    assert (error.code, error.status, error.retry_after_seconds) == (-1003, 429, 40)
    assert limits.charge("ann", 10, START + MINUTE) == 10


def banned(limits: Limits, now_ms: int) -> CallRefused:
    limits.charge("ann", 10, now_ms)
    for _ in range(REFUSALS_BEFORE_BAN):
        assert refused(limits, now_ms).status == 429
    error = refused(limits, now_ms)
    assert error.status == 418
    return error


def test_who_goes_on_is_banned_longer_each_time_and_no_longer_than_three_days() -> None:
    limits, now, seconds = Limits(LimitsConfig(weight_per_minute=10)), START, []
    for _ in range(7):
        error = banned(limits, now)
        assert error.retry_after_seconds is not None
        seconds.append(error.retry_after_seconds)
        assert refused(limits, now + 1000 * error.retry_after_seconds - 1).retry_after_seconds == 1
        now += 1000 * error.retry_after_seconds
    assert seconds == [120, 480, 1920, 7680, 30720, 122880, 259200]


def test_refusals_of_an_earlier_minute_do_not_ban() -> None:
    limits = Limits(LimitsConfig(weight_per_minute=10))
    for minute in range(3):
        now = START + minute * MINUTE
        limits.charge("ann", 10, now)
        assert {refused(limits, now).status for _ in range(REFUSALS_BEFORE_BAN)} == {429}


def test_orders_are_counted_by_account_in_ten_seconds_and_in_a_day() -> None:
    limits = Limits(LimitsConfig(orders_per_10_seconds=2, orders_per_day=3))
    assert [limits.charge_order("ann", START), limits.charge_order("ann", START)] == [(1, 1), (2, 2)]
    with pytest.raises(CallRefused, match="current limit is 2 orders per 10 SECOND") as caught:
        limits.charge_order("ann", START)
    assert (caught.value.code, caught.value.status, caught.value.retry_after_seconds) == (-1015, 429, 10)
    assert limits.charge_order("bob", START) == (1, 1)
    with pytest.raises(CallRefused, match="current limit is 3 orders per 1 DAY"):
        limits.charge_order("ann", START + 10_000)


def test_without_limits_they_are_generous() -> None:
    limits = Limits(LimitsConfig())
    assert limits.charge("ann", limits_module.GENEROUS_WEIGHT_PER_MINUTE, START)
    assert refused(limits, START).status == 429


def test_offenders_who_stay_away_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "_OFFENDERS_BEFORE_CLEANING", 5)
    limits = Limits(LimitsConfig(weight_per_minute=1))
    for number in range(5):
        limits.charge(str(number), 1, START)
        refused(limits, START, str(number))
    later = START + 4 * 86_400_000
    limits.charge("late", 1, later)
    refused(limits, later, "late")
    assert set(limits._offenders) == {"late"}
