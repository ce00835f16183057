import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from app.access.control import AccessControl
from app.access.passwords import Passwords
from app.access.places import Place
from app.domain.access import Role
from app.store.access_tables import operator, operator_session
from app.store.database import Database
from app.store.events import SqlEvents
from tests.integration.app.store.access.people import ANNAS, BOBS, DESK, ELSEWHERE, is_in, kinds, log_in, newest
from tests.integration.app.store.conftest import StoppedClock

HOUR, MINUTE = 3600, 60


def rows(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(operator_session)).scalar_one()


def test_the_token_is_nowhere_in_the_ledger(access: AccessControl, database: Database) -> None:
    token = log_in(access)
    with database.read() as connection:
        kept = [str(value) for row in connection.execute(select(operator_session)) for value in row]
    assert kept
    assert not any(token in value for value in kept)


def test_each_login_has_a_token_of_its_own(access: AccessControl) -> None:
    assert len({log_in(access) for _ in range(5)}) == 5


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800"])
def test_a_token_that_nobody_gave_lets_nobody_in(access: AccessControl, token: str) -> None:
    assert not is_in(access, token)


def test_it_ends_after_half_an_hour_without_a_sign_of_life(access: AccessControl, clock: StoppedClock) -> None:
    token = log_in(access)
    clock.wait(30 * MINUTE - 1)
    assert is_in(access, token)
    clock.wait(30 * MINUTE)
    assert not is_in(access, token)


def test_what_a_page_does_by_itself_does_not_keep_it_alive(access: AccessControl, clock: StoppedClock) -> None:
    token = log_in(access)
    for _ in range(29):
        clock.wait(MINUTE)
        assert is_in(access, token, is_sign_of_life=False)
    clock.wait(MINUTE)
    assert not is_in(access, token, is_sign_of_life=True)


def test_it_ends_after_twelve_hours_whatever_is_done(access: AccessControl, clock: StoppedClock) -> None:
    token = log_in(access)
    for _ in range(12 * 4 - 1):
        clock.wait(15 * MINUTE)
        assert is_in(access, token)
    clock.wait(15 * MINUTE - 1)
    assert is_in(access, token)
    clock.wait(1)
    assert not is_in(access, token)


def test_that_it_was_seen_is_written_once_a_minute_at_most(access: AccessControl, clock: StoppedClock) -> None:
    token, began_at = log_in(access), clock.now()
    clock.wait(59)
    is_in(access, token)
    assert [session.seen_at for session in access.logins.sessions("bob")] == [began_at]
    clock.wait(1)
    is_in(access, token)
    assert [session.seen_at for session in access.logins.sessions("bob")] == [clock.now()]


def test_logging_out_ends_this_one_and_no_other(access: AccessControl, events: SqlEvents) -> None:
    here, there = log_in(access), log_in(access)
    access.logins.log_out(here)
    assert newest(events) == ("LoggedOut", "bob", {"who": "bob"})
    assert not is_in(access, here)
    assert is_in(access, there)
    before = kinds(events)
    access.logins.log_out(here)
    assert kinds(events) == before


def test_logging_out_elsewhere_keeps_only_this_one(access: AccessControl) -> None:
    annas = log_in(access, "anna", ANNAS)
    here, *others = (log_in(access) for _ in range(3))
    assert access.logins.log_out_elsewhere("bob", here) == 2
    assert [is_in(access, token) for token in (here, *others, annas)] == [True, False, False, True]


def test_ended_ones_are_removed(access: AccessControl, database: Database, clock: StoppedClock) -> None:
    for _ in range(3):
        log_in(access)
    clock.wait(HOUR)
    log_in(access)
    assert rows(database) == 1


def test_who_is_in_is_told_with_the_address(access: AccessControl, clock: StoppedClock, events: SqlEvents) -> None:
    log_in(access, place=DESK)
    assert newest(events) == ("LoggedIn", "bob", {"who": "bob", "address": "192.0.2.1"})
    clock.wait(1)
    log_in(access, place=ELSEWHERE)
    assert [session.address for session in access.logins.sessions("bob")] == ["198.51.100.1", "192.0.2.1"]
    clock.wait(HOUR)
    assert access.logins.sessions("bob") == []


def test_what_a_proxy_says_of_the_address_is_cut_to_what_fits(access: AccessControl) -> None:
    log_in(access, place=Place("proxy\n" + "9" * 500))
    (session,) = access.logins.sessions("bob")
    assert session.address == "proxy?" + "9" * 58


def test_the_role_is_that_of_the_moment(access: AccessControl, database: Database) -> None:
    token = log_in(access)
    with database.write("a role changed behind our back") as connection:
        connection.execute(operator.update().where(operator.c.name == "bob").values(role=Role.VIEWER))
    session = access.logins.session(token, is_sign_of_life=True)
    assert session is not None
    assert session.role is Role.VIEWER


def test_a_hash_with_other_parameters_is_made_anew_at_the_next_login(access: AccessControl, database: Database) -> None:
    stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    access.logins._passwords = stronger
    log_in(access)
    with database.read() as connection:
        kept = connection.execute(select(operator.c.password_hash).where(operator.c.name == "bob")).scalar_one()
    assert not stronger.is_outdated(kept)
    assert stronger.verify(kept, BOBS)
    assert is_in(access, log_in(access))


def test_a_password_that_was_changed_while_it_was_checked_lets_nobody_in(access: AccessControl) -> None:
    class Changing(Passwords):
        def verify(self, kept: str | None, password: str) -> bool:
            is_right = super().verify(kept, password)
            access.people.reset_password("bob", "another long passphrase", by="anna", why="leaked")
            return is_right

    access.logins._passwords = Changing(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    with pytest.raises(Exception, match="the name or the password is wrong"):
        log_in(access)
    assert access.logins.sessions("bob") == []
