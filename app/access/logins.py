"""Logging in and out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.access.passwords import Passwords
from app.access.places import Place, browser_mark, browser_of, site_of, written
from app.access.secrets import new_token, token_hash
from app.domain.access import Session, is_name
from app.domain.errors import MeicError
from app.domain.throttling import NAME_AND_PLACE
from app.store.login_failures import SqlLoginFailures
from app.store.operators import SqlOperators
from app.store.sessions import SqlSessions

_WRONG = "the name or the password is wrong"


class LoginRefused(MeicError):
    """The name or the password is wrong, or the person is disabled; nobody is told which."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login that was right.

    Attributes:
        token: what the browser shows from now on.
        browser_mark: what it keeps beyond the session.
    """

    name: str
    token: str = field(repr=False)
    browser_mark: str = field(repr=False)


class Logins:
    """Sessions, and what it takes to begin one. Safe for threads."""

    def __init__(
        self, operators: SqlOperators, sessions: SqlSessions, failures: SqlLoginFailures, passwords: Passwords
    ) -> None:
        self._operators = operators
        self._sessions = sessions
        self._failures = failures
        self._passwords = passwords

    def log_in(self, name: str, password: str, place: Place) -> LoggedIn:
        """Begin a session.

        Raises:
            RateLimited: too many failures before; the password was not looked at.
            LoginRefused: the name or the password is wrong.
            Unavailable: too many log in at this moment.
        """
        kept = self._operators.password_hash(name) if is_name(name) else None
        counted = self._check(name, password, kept, place)
        token = new_token()
        rehashed = self._passwords.hash(password) if kept and self._passwords.is_outdated(kept) else None
        if kept is None or not self._sessions.begin(
            token_hash(token), name, kept, written(place.address), rehashed=rehashed
        ):
            raise LoginRefused(_WRONG)
        self._failures.clear(token_hash(name), counted)
        return LoggedIn(name, token, browser_mark(name, rehashed or kept))

    def check_password(self, name: str, password: str, place: Place) -> None:
        """Have somebody who is logged in prove that it is still them; the same limits hold as for a login.

        Raises:
            RateLimited: too many failures before; the password was not looked at.
            LoginRefused: the password is wrong.
            Unavailable: too many log in at this moment.
        """
        counted = self._check(name, password, self._operators.password_hash(name), place)
        self._failures.clear(token_hash(name), counted)

    def session(self, token: str, *, is_sign_of_life: bool) -> Session | None:
        """Return the session of a token, None when it is over; `is_sign_of_life` keeps it from ending unused."""
        return self._sessions.find(token_hash(token), is_sign_of_life=is_sign_of_life)

    def sessions(self, name: str) -> Sequence[Session]:
        """Return where somebody is logged in, newest first."""
        return self._sessions.of(name)

    def log_out(self, token: str) -> None:
        """End a session."""
        self._sessions.end(token_hash(token))

    def log_out_elsewhere(self, name: str, token: str) -> int:
        """End somebody's other sessions; return how many."""
        return self._sessions.end_all(name, keep=token_hash(token))

    def _check(self, name: str, password: str, kept: str | None, place: Place) -> str:
        browser = browser_of(place.known_browser, name, kept)
        counted = browser or site_of(place.address)
        failures = self._failures.begin(token_hash(name), counted, is_known_browser=browser is not None)
        if not self._passwords.verify(kept, password):
            if failures == NAME_AND_PLACE.free:
                self._failures.note_throttled(name if kept is not None else "somebody unknown", counted)
            raise LoginRefused(_WRONG)
        return counted
