"""What the tests of people share."""

import json
from typing import Any

from app.access.control import AccessControl
from app.access.places import Place
from app.store.events import SqlEvents

ANNAS, BOBS = "anna's long passphrase", "bob's long passphrase"
DESK = Place("192.0.2.1")
ELSEWHERE = Place("198.51.100.1")


def newest(events: SqlEvents) -> tuple[str, str, dict[str, Any]]:
    """The newest event's kind, subject and detail."""
    (event,) = events.recent(1)
    return event.kind, event.subject, json.loads(event.detail)


def kinds(events: SqlEvents) -> list[str]:
    """The kinds of all events, oldest first."""
    return [event.kind for event in reversed(events.recent(1000))]


def log_in(access: AccessControl, name: str = "bob", password: str = BOBS, place: Place = DESK) -> str:
    """Log in and return the session's token."""
    return access.logins.log_in(name, password, place).token


def is_in(access: AccessControl, token: str, *, is_sign_of_life: bool = True) -> bool:
    """Whether a session's token still lets somebody in."""
    return access.logins.session(token, is_sign_of_life=is_sign_of_life) is not None
