from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from app.access.control import AccessControl
from app.access.logins import LoginRefused
from app.access.passwords import Passwords
from app.access.places import Place
from app.domain.errors import RateLimited
from app.store.access_tables import login_failure
from app.store.database import Database
from app.store.events import SqlEvents
from tests.integration.app.store.access.people import BOBS, DESK, ELSEWHERE, is_in, kinds, log_in, newest
from tests.integration.app.store.conftest import StoppedClock

DAY = 86_400
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def fail(access: AccessControl, count: int, name: str = "bob", place: Place = DESK) -> None:
    for _ in range(count):
        with pytest.raises(LoginRefused):
            access.logins.log_in(name, "a guess of somebody", place)


def wait_told(access: AccessControl, name: str = "bob", password: str = BOBS, place: Place = DESK) -> float:
    """The seconds that an attempt is told to wait."""
    with pytest.raises(RateLimited, match="too many failed logins; try again in") as limited:
        access.logins.log_in(name, password, place)
    return limited.value.retry_after_seconds


def rows(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(login_failure)).scalar_one()


def test_after_five_failures_even_the_right_password_waits_and_then_serves(
    access: AccessControl, clock: StoppedClock
) -> None:
    fail(access, 5)
    assert wait_told(access) == 15
    clock.wait(14)
    assert wait_told(access) == 1
    clock.wait(1)
    assert is_in(access, log_in(access))


def test_the_wait_doubles_with_each_failure_and_is_a_quarter_of_an_hour_at_most(
    access: AccessControl, clock: StoppedClock
) -> None:
    fail(access, 5)
    told = []
    for _ in range(8):
        told.append(wait_told(access))
        clock.wait(told[-1])
        fail(access, 1)
    assert told == [15, 30, 60, 120, 240, 480, 900, 900]


def test_a_right_password_clears_the_failures_of_its_place(access: AccessControl) -> None:
    fail(access, 4)
    log_in(access)
    fail(access, 4)
    assert is_in(access, log_in(access))


def test_an_attempt_that_waits_counts_for_nothing(
    access: AccessControl, clock: StoppedClock, database: Database
) -> None:
    fail(access, 5)
    for _ in range(20):
        wait_told(access)
    assert rows(database) == 5
    clock.wait(15)
    assert is_in(access, log_in(access))


def test_an_attempt_that_waits_does_not_reach_the_hash(access: AccessControl) -> None:
    class Counting(Passwords):
        asked = 0

        def verify(self, kept: str | None, password: str) -> bool:
            self.asked += 1
            return super().verify(kept, password)

    access.logins._passwords = counting = Counting(QUICK)
    fail(access, 5)
    assert counting.asked == 5
    wait_told(access)
    assert counting.asked == 5


def test_a_name_that_nobody_has_costs_a_hash_too(access: AccessControl) -> None:
    class Noting(PasswordHasher):
        verified = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            self.verified += 1
            return super().verify(hash, password)

    noting = Noting(time_cost=1, memory_cost=8, parallelism=1)
    access.logins._passwords = Passwords(noting)
    fail(access, 1, name="nobody")
    fail(access, 1, name="NO NAME", place=ELSEWHERE)
    assert noting.verified == 2


def test_a_name_that_nobody_has_is_told_the_same_words_and_waits(access: AccessControl) -> None:
    fail(access, 5, name="nobody")
    assert wait_told(access, name="nobody") == 15
    fail(access, 5, name="NO NAME \0", place=ELSEWHERE)
    assert wait_told(access, name="NO NAME \0", place=ELSEWHERE) == 15


def test_one_place_does_not_hold_up_the_same_name_elsewhere(access: AccessControl, clock: StoppedClock) -> None:
    fail(access, 5)
    while_attacked = 0
    for _ in range(5):
        clock.wait(wait_told(access))
        fail(access, 1)
        while_attacked += is_in(access, log_in(access, place=ELSEWHERE))
    assert while_attacked == 5


def test_one_name_does_not_hold_up_another_at_the_same_place(access: AccessControl) -> None:
    fail(access, 5, name="anna")
    assert is_in(access, log_in(access))


def test_a_place_that_tries_many_names_waits_for_each(access: AccessControl) -> None:
    for number in range(20):
        fail(access, 1, name=f"name{number}")
    assert wait_told(access) == 15
    assert wait_told(access, place=Place("192.0.2.1", known_browser="made.up")) == 15
    assert is_in(access, log_in(access, place=ELSEWHERE))


def test_addresses_of_one_ipv6_network_are_one_place(access: AccessControl) -> None:
    for number in range(5):
        fail(access, 1, place=Place(f"2001:db8::{number}"))
    assert wait_told(access, place=Place("2001:db8::ffff")) == 15
    assert is_in(access, log_in(access, place=Place("2001:db8:0:1::1")))


def test_a_name_that_many_places_try_waits_a_minute_at_most_but_not_where_it_has_logged_in_before(
    access: AccessControl, clock: StoppedClock
) -> None:
    known = access.logins.log_in("bob", BOBS, DESK).browser_mark
    for number in range(20):
        fail(access, 1, place=Place(f"203.0.113.{number}"))
    assert wait_told(access, place=ELSEWHERE) == 15
    for number in range(20, 25):
        clock.wait(60)
        fail(access, 1, place=Place(f"203.0.113.{number}"))
    assert wait_told(access, place=ELSEWHERE) == 60
    assert is_in(access, log_in(access, place=Place(ELSEWHERE.address, known)))


def test_a_known_browser_waits_for_its_own_failures(access: AccessControl) -> None:
    known = Place(DESK.address, access.logins.log_in("bob", BOBS, DESK).browser_mark)
    fail(access, 5, place=known)
    assert wait_told(access, place=known) == 15
    assert wait_told(access, place=Place(ELSEWHERE.address, known.known_browser)) == 15
    assert is_in(access, log_in(access, place=DESK))


def test_the_mark_of_one_name_does_not_help_with_another(access: AccessControl) -> None:
    known = Place(DESK.address, access.logins.log_in("bob", BOBS, DESK).browser_mark)
    fail(access, 5, name="anna", place=known)
    assert wait_told(access, name="anna", place=DESK) == 15


def test_many_at_the_same_moment_are_counted_one_by_one(access: AccessControl) -> None:
    def attempt(_: int) -> str:
        try:
            access.logins.log_in("bob", "a guess of somebody", DESK)
        except (LoginRefused, RateLimited) as error:
            return type(error).__name__
        return "in"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, range(24)))
    assert outcomes.count("LoginRefused") == 5
    assert outcomes.count("RateLimited") == 19


def test_the_first_wait_leaves_an_event_and_the_next_ones_none(
    access: AccessControl, clock: StoppedClock, events: SqlEvents
) -> None:
    fail(access, 4)
    assert "LoginThrottled" not in kinds(events)
    fail(access, 1)
    assert newest(events) == ("LoginThrottled", "bob", {"who": "bob", "address": "192.0.2.1"})
    clock.wait(15)
    fail(access, 1)
    assert kinds(events).count("LoginThrottled") == 1


def test_what_was_typed_as_a_name_is_nowhere_in_the_ledger(
    access: AccessControl, database: Database, events: SqlEvents
) -> None:
    fail(access, 5, name="my-secret-password")
    assert newest(events)[1] == "somebody unknown"
    with database.read() as connection:
        kept = [str(value) for row in connection.execute(select(login_failure)) for value in row]
    assert not any("my-secret-password" in text for text in kept)


def test_failures_are_forgotten_after_an_hour_and_removed_after_a_day(
    access: AccessControl, clock: StoppedClock, database: Database
) -> None:
    fail(access, 5)
    clock.wait(3600)
    fail(access, 4)
    assert rows(database) == 9
    clock.wait(DAY)
    fail(access, 1)
    assert rows(database) == 1
