from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from app.access.control import AccessControl
from app.access.logins import LoginRefused
from app.domain.access import Role
from app.domain.errors import InvalidInput
from app.store.events import SqlEvents
from tests.integration.app.store.access.people import ANNAS, BOBS, DESK, is_in, kinds, log_in, newest

WHY = "a reason"


def test_who_was_added_can_log_in_and_is_listed(access: AccessControl, events: SqlEvents) -> None:
    added = access.add_operator("carl", Role.VIEWER, "carl's long passphrase", by="anna")
    assert newest(events) == ("OperatorAdded", "carl", {"who": "anna", "role": "viewer"})
    assert access.people.find("carl") == added
    assert [(one.name, one.role) for one in access.people.all()] == [
        ("anna", Role.ADMIN),
        ("bob", Role.OPERATOR),
        ("carl", Role.VIEWER),
    ]
    session = access.logins.session(log_in(access, "carl", "carl's long passphrase"), is_sign_of_life=True)
    assert session is not None
    assert (session.operator, session.role) == ("carl", Role.VIEWER)


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [("bob", BOBS, "already"), ("Carl", BOBS, "the name is"), ("carl", "short", "the password has")],
)
def test_who_does_not_serve_is_not_added(access: AccessControl, name: str, password: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        access.add_operator(name, Role.ADMIN, password, by="anna")
    assert [one.name for one in access.people.all()] == ["anna", "bob"]


def test_nobody_is_found_by_what_is_no_name(access: AccessControl) -> None:
    assert access.people.find("a\0") is None
    assert access.people.find("nobody") is None


def test_another_role_ends_the_sessions(access: AccessControl, events: SqlEvents) -> None:
    token, annas = log_in(access), log_in(access, "anna", ANNAS)
    access.people.change_role("bob", Role.VIEWER, by="anna", why=WHY)
    detail = {"who": "anna", "why": WHY, "from": "operator", "to": "viewer"}
    assert newest(events) == ("OperatorRoleChanged", "bob", detail)
    assert not is_in(access, token)
    assert is_in(access, annas)
    found = access.people.find("bob")
    assert found is not None
    assert found.role is Role.VIEWER


def test_the_same_role_changes_nothing(access: AccessControl, events: SqlEvents) -> None:
    token = log_in(access)
    before = kinds(events)
    access.people.change_role("bob", Role.OPERATOR, by="anna", why=WHY)
    assert is_in(access, token)
    assert kinds(events) == before


def test_a_new_password_ends_the_sessions_and_the_old_one_serves_no_more(
    access: AccessControl, events: SqlEvents
) -> None:
    token = log_in(access)
    access.people.reset_password("bob", "another long passphrase", by="anna", why=WHY)
    assert newest(events) == ("PasswordChanged", "bob", {"who": "anna", "why": WHY})
    assert not is_in(access, token)
    with pytest.raises(LoginRefused):
        log_in(access)
    assert is_in(access, log_in(access, password="another long passphrase"))


def test_ones_own_new_password_keeps_the_session_it_was_changed_in(access: AccessControl, events: SqlEvents) -> None:
    here, there = log_in(access), log_in(access)
    access.people.change_own_password("bob", BOBS, "another long passphrase", DESK, session=here)
    assert newest(events)[:2] == ("PasswordChanged", "bob")
    assert is_in(access, here)
    assert not is_in(access, there)


def test_ones_own_password_is_changed_only_by_who_knows_it(access: AccessControl) -> None:
    token = log_in(access)
    with pytest.raises(LoginRefused):
        access.people.change_own_password("bob", "a guess of a thief", "another long passphrase", DESK, session=token)
    assert is_in(access, log_in(access))


def test_who_is_disabled_is_out_at_once_and_stays_so(access: AccessControl, events: SqlEvents) -> None:
    token = log_in(access)
    made = access.tokens.make("bob", label="ci", role=Role.VIEWER, days=None, by="bob")
    access.people.disable("bob", by="anna", why=WHY)
    assert newest(events) == ("OperatorDisabled", "bob", {"who": "anna", "why": WHY, "tokens_revoked": 1})
    assert not is_in(access, token)
    assert access.tokens.find(made.secret) is None
    with pytest.raises(LoginRefused, match="the name or the password is wrong"):
        log_in(access)
    access.people.enable("bob", by="anna", why=WHY)
    assert newest(events) == ("OperatorEnabled", "bob", {"who": "anna", "why": WHY})
    assert is_in(access, log_in(access))
    assert not is_in(access, token)
    assert access.tokens.find(made.secret) is None


def test_done_twice_it_is_done_once(access: AccessControl, events: SqlEvents) -> None:
    for _ in range(2):
        access.people.disable("bob", by="anna", why=WHY)
    for _ in range(2):
        access.people.enable("bob", by="anna", why=WHY)
    assert kinds(events).count("OperatorDisabled") == kinds(events).count("OperatorEnabled") == 1


@pytest.mark.parametrize("why", ["", "  ", "a\0", "x" * 1001])
def test_a_change_needs_a_reason(access: AccessControl, why: str) -> None:
    with pytest.raises(InvalidInput, match="expected a reason"):
        access.people.disable("bob", by="anna", why=why)
    assert is_in(access, log_in(access))


def test_the_last_admin_stays_one(access: AccessControl) -> None:
    with pytest.raises(InvalidInput, match="anna is the last admin"):
        access.people.disable("anna", by="anna", why=WHY)
    with pytest.raises(InvalidInput, match="anna is the last admin"):
        access.people.change_role("anna", Role.VIEWER, by="anna", why=WHY)
    access.people.change_role("bob", Role.ADMIN, by="anna", why=WHY)
    access.people.disable("bob", by="anna", why=WHY)
    with pytest.raises(InvalidInput, match="anna is the last admin"):
        access.people.disable("anna", by="anna", why=WHY)


def test_two_admins_who_disable_each_other_at_the_same_moment_leave_one(access: AccessControl) -> None:
    access.people.change_role("bob", Role.ADMIN, by="anna", why=WHY)

    def disable(pair: tuple[str, str]) -> bool:
        try:
            access.people.disable(pair[0], by=pair[1], why=WHY)
        except InvalidInput:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(disable, [("anna", "bob"), ("bob", "anna")]))
    assert sorted(done) == [False, True]
    assert sum(one.disabled_at is None for one in access.people.all()) == 1


@pytest.mark.parametrize("name", ["nobody", "NO NAME"])
def test_who_is_not_there_cannot_be_changed(access: AccessControl, name: str) -> None:
    changes = (
        partial(access.people.change_role, name, Role.ADMIN),
        partial(access.people.reset_password, name, "another long passphrase"),
        partial(access.people.disable, name),
        partial(access.people.enable, name),
    )
    for change in changes:
        with pytest.raises(InvalidInput):
            change(by="anna", why=WHY)
