"""Who may do what with the coordinator: three roles and what each may do."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.errors import InvalidInput


class Role(StrEnum):
    """What a person is here for."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Action(StrEnum):
    """One thing that is allowed or not."""

    LOOK = "look"
    POLL = "poll"
    PUBLISH = "publish"
    HALT = "halt"
    RESUME = "resume"
    PULL_OFFERS = "pull offers"
    CLAIM = "claim"
    DISMISS = "dismiss"
    RESOLVE = "resolve"
    MANAGE_USERS = "manage users"
    OWN_TOKENS = "own tokens"


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who may use the console.

    Attributes:
        disabled_at: since when they may not any more; None while they may.
    """

    name: str
    role: Role
    created_at: datetime
    password_changed_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in.

    Attributes:
        address: where from, as the server saw it.
        seen_at: the last thing they did, to the minute.
        expires_at: the end at the latest, whatever they do.
    """

    operator: str
    role: Role
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a script shows instead of a password; the token itself is shown once and kept nowhere.

    Attributes:
        role: at most so much it may do, and never more than its owner may at the time.
        used_at: to the minute; None while it was never used.
        expires_at: None when it lasts until it is revoked.
    """

    id: int
    operator: str
    label: str
    role: Role
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


_ALLOWED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.LOOK, Action.OWN_TOKENS}),
    Role.OPERATOR: frozenset(Action) - {Action.MANAGE_USERS},
    Role.ADMIN: frozenset(Action),
}
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")


def is_allowed(role: Role, action: Action) -> bool:
    """Tell whether somebody in this role may do this."""
    return action in _ALLOWED[role]


def lesser(one: Role, other: Role) -> Role:
    """Return the role that may do less."""
    return min(one, other, key=list(Role).index)


def is_name(text: str) -> bool:
    """Tell whether somebody may have this name."""
    return _NAME.fullmatch(text) is not None


def checked_name(name: str) -> str:
    """Return a person's name as it is.

    Raises:
        InvalidInput: it is none.
    """
    if not is_name(name):
        raise InvalidInput(
            f"the name is {name!r:.70}; expected 1 to 64 of a to z, 0 to 9, '.', '_' and '-', the first a letter"
        )
    return name


def checked_role(role: str) -> Role:
    """Return the role of this name.

    Raises:
        InvalidInput: there is none.
    """
    if role not in set(Role):
        raise InvalidInput(f"the role is {role!r:.40}; expected {', '.join(Role)}")
    return Role(role)
