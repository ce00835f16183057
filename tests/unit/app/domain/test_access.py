import pytest

from app.domain.access import Action, Role, checked_name, checked_role, is_allowed, lesser
from app.domain.errors import InvalidInput

EVERYBODY = {Role.VIEWER, Role.OPERATOR, Role.ADMIN}
WHO_ACTS = {Role.OPERATOR, Role.ADMIN}
TABLE = {
    Action.LOOK: EVERYBODY,
    Action.POLL: WHO_ACTS,
    Action.PUBLISH: WHO_ACTS,
    Action.HALT: WHO_ACTS,
    Action.RESUME: WHO_ACTS,
    Action.PULL_OFFERS: WHO_ACTS,
    Action.CLAIM: WHO_ACTS,
    Action.DISMISS: WHO_ACTS,
    Action.RESOLVE: WHO_ACTS,
    Action.MANAGE_USERS: {Role.ADMIN},
    Action.OWN_TOKENS: EVERYBODY,
}


def test_the_table_names_every_action() -> None:
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert is_allowed(role, action) is (role in TABLE[action])


@pytest.mark.parametrize("one", Role)
@pytest.mark.parametrize("other", Role)
def test_the_lesser_of_two_roles_may_do_what_both_may(one: Role, other: Role) -> None:
    for action in Action:
        assert is_allowed(lesser(one, other), action) is (is_allowed(one, action) and is_allowed(other, action))


@pytest.mark.parametrize("name", ["a", "anna", "a.b-c_9", "a" * 64])
def test_such_names_serve(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "Anna", "9a", ".a", "a b", "a" * 65, "änna", "a\n", "a\0", "-", "a/b"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="the name is"):
        checked_name(name)


def test_a_role_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="'root'; expected viewer, operator, admin"):
        checked_role("root")
