import pytest
from sqlalchemy import select

from app.access.control import AccessControl
from app.domain.access import Role
from app.domain.errors import InvalidInput
from app.store.access_tables import api_token
from app.store.database import Database
from app.store.events import SqlEvents
from tests.integration.app.store.access.people import newest
from tests.integration.app.store.conftest import StoppedClock

DAY = 86_400


def make(access: AccessControl, role: Role = Role.OPERATOR, days: int | None = None, label: str = "ci") -> str:
    return access.tokens.make("bob", label=label, role=role, days=days, by="bob").secret


def role_of(access: AccessControl, secret: str) -> Role | None:
    found = access.tokens.find(secret)
    return None if found is None else found.role


def test_a_token_stands_for_its_owner_and_is_kept_as_its_hash_only(
    access: AccessControl, database: Database, events: SqlEvents
) -> None:
    secret, kept_token = access.tokens.make("bob", label="ci", role=Role.OPERATOR, days=None, by="bob")
    assert secret.startswith("meic_")
    assert len(secret) == 48
    detail = {"who": "bob", "token": kept_token.id, "label": "ci", "role": "operator", "expires_at": None}
    assert newest(events) == ("TokenMade", "bob", detail)
    found = access.tokens.find(secret)
    assert found is not None
    assert (found.operator, found.label, found.role) == ("bob", "ci", Role.OPERATOR)
    with database.read() as connection:
        kept = [str(value) for row in connection.execute(select(api_token)) for value in row]
    assert not any(secret in text or secret.removeprefix("meic_") in text for text in kept)


@pytest.mark.parametrize("secret", ["", "meic_", "x", "meic_\0", "meic_\ud800"])
def test_what_is_no_token_stands_for_nobody(access: AccessControl, secret: str) -> None:
    make(access)
    assert access.tokens.find(secret) is None


def test_it_may_do_what_it_was_made_for_and_no_more_than_its_owner_at_the_time(access: AccessControl) -> None:
    operator, viewer = make(access), make(access, Role.VIEWER)
    assert (role_of(access, operator), role_of(access, viewer)) == (Role.OPERATOR, Role.VIEWER)
    access.people.change_role("bob", Role.VIEWER, by="anna", why="moved")
    assert (role_of(access, operator), role_of(access, viewer)) == (Role.VIEWER, Role.VIEWER)
    access.people.change_role("bob", Role.ADMIN, by="anna", why="moved back")
    assert (role_of(access, operator), role_of(access, viewer)) == (Role.OPERATOR, Role.VIEWER)


def test_none_is_made_that_may_do_more_than_its_owner(access: AccessControl) -> None:
    with pytest.raises(InvalidInput, match="expected no more than bob may do: operator"):
        make(access, Role.ADMIN)
    assert access.tokens.of("bob") == []


def test_none_is_made_for_who_is_disabled_or_nobody(access: AccessControl) -> None:
    access.people.disable("bob", by="anna", why="left")
    with pytest.raises(InvalidInput, match="expected one who may log in"):
        make(access)
    with pytest.raises(InvalidInput, match="expected one who may log in"):
        access.tokens.make("nobody", label="ci", role=Role.VIEWER, days=None, by="anna")


@pytest.mark.parametrize("label", ["", "  ", "x" * 65, "a\0", "a\nb", "\ud800"])
def test_a_label_is_one_line(access: AccessControl, label: str) -> None:
    with pytest.raises(InvalidInput, match="the token's label is"):
        make(access, label=label)


@pytest.mark.parametrize("days", [0, -1, 3661, 10**30])
def test_it_lasts_a_day_at_least_and_ten_years_at_most(access: AccessControl, days: int) -> None:
    with pytest.raises(InvalidInput, match="expected 1 to 3660"):
        make(access, days=days)


def test_it_expires(access: AccessControl, clock: StoppedClock) -> None:
    secret = make(access, days=2)
    clock.wait(2 * DAY - 1)
    assert role_of(access, secret) is Role.OPERATOR
    clock.wait(1)
    assert role_of(access, secret) is None


def test_a_revoked_one_is_worth_nothing_at_once(access: AccessControl, events: SqlEvents) -> None:
    secret, kept = access.tokens.make("bob", label="ci", role=Role.OPERATOR, days=None, by="bob")
    access.tokens.revoke("bob", kept.id, by="anna", why="leaked")
    assert newest(events) == ("TokenRevoked", "bob", {"who": "anna", "why": "leaked", "token": kept.id, "label": "ci"})
    assert role_of(access, secret) is None
    count = len(events.recent(1000))
    access.tokens.revoke("bob", kept.id, by="anna", why="leaked")
    assert len(events.recent(1000)) == count


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 2**63, 10**30])
def test_a_number_of_no_token_is_refused(access: AccessControl, number: int) -> None:
    with pytest.raises(InvalidInput, match="bob has no token"):
        access.tokens.revoke("bob", number, by="bob", why="leaked")


def test_only_ones_own_can_be_revoked(access: AccessControl) -> None:
    secret, kept = access.tokens.make("bob", label="ci", role=Role.OPERATOR, days=None, by="bob")
    with pytest.raises(InvalidInput, match="anna has no token"):
        access.tokens.revoke("anna", kept.id, by="anna", why="leaked")
    assert role_of(access, secret) is Role.OPERATOR


def test_that_it_was_used_is_written_once_a_minute_at_most(access: AccessControl, clock: StoppedClock) -> None:
    secret = make(access)
    assert [token.used_at for token in access.tokens.of("bob")] == [None]
    role_of(access, secret)
    first = clock.now()
    clock.wait(59)
    role_of(access, secret)
    assert [token.used_at for token in access.tokens.of("bob")] == [first]
    clock.wait(1)
    role_of(access, secret)
    assert [token.used_at for token in access.tokens.of("bob")] == [clock.now()]


def test_nobody_has_more_than_twenty_valid_ones(access: AccessControl, clock: StoppedClock) -> None:
    for _ in range(20):
        make(access, days=1)
    with pytest.raises(InvalidInput, match="bob has 20 tokens already"):
        make(access)
    access.tokens.revoke("bob", access.tokens.of("bob")[6].id, by="bob", why="not needed")
    make(access)
    clock.wait(DAY)
    make(access)
