"""Who may come in: people, their sessions, scripts' tokens and signed updates, behind one object."""

from collections.abc import Sequence
from datetime import timedelta

from app.access.api_tokens import ApiTokens
from app.access.logins import Logins
from app.access.passwords import Passwords
from app.access.people import People
from app.access.updates import SignedUpdates
from app.domain.access import Operator, Role
from app.ndau.keys import PublicKey
from app.ports.clock import Clock
from app.store.api_tokens import SqlApiTokens
from app.store.database import Database
from app.store.login_failures import SqlLoginFailures
from app.store.operators import SqlOperators
from app.store.sessions import SqlSessions
from app.store.signed_updates import SqlSignedUpdates


class AccessControl:
    """What decides who may do what. Safe for threads."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        session_lifetime: timedelta,
        session_idle: timedelta,
        update_keys: Sequence[PublicKey] = (),
        passwords: Passwords | None = None,
    ) -> None:
        operators, passwords = SqlOperators(database, clock), passwords or Passwords()
        sessions = SqlSessions(database, clock, lifetime=session_lifetime, idle=session_idle)
        self.logins = Logins(operators, sessions, SqlLoginFailures(database, clock), passwords)
        self.people = People(operators, self.logins, passwords)
        self.tokens = ApiTokens(SqlApiTokens(database, clock), clock)
        self.updates = SignedUpdates(SqlSignedUpdates(database, clock), clock, update_keys)

    def add_operator(self, name: str, role: Role, password: str, *, by: str) -> Operator:
        """Add a person.

        Raises:
            InvalidInput: the name or the password does not serve, or there is one of that name.
        """
        return self.people.add(name, role, password, by=by)
