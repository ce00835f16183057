"""The people who may use the console, in the database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from app.domain.access import Operator, Role
from app.domain.errors import InvalidInput
from app.ports.clock import Clock
from app.store.access_tables import api_token, operator, operator_session
from app.store.database import Database
from app.store.events import append_event

_BY_NAME = select(operator).order_by(operator.c.name)


class SqlOperators:
    """Who may use the console. Every change is an event that says by whom and why."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> Sequence[Operator]:
        """Return everybody by name, those who are disabled too."""
        with self._database.read() as connection:
            return [read_operator(row) for row in connection.execute(_BY_NAME).mappings()]

    def find(self, name: str) -> Operator | None:
        """Return one person, None when nobody has that name."""
        with self._database.read() as connection:
            row = connection.execute(select(operator).where(operator.c.name == name)).mappings().first()
            return None if row is None else read_operator(row)

    def password_hash(self, name: str) -> str | None:
        """Return what is kept of the password of one who may log in, None for anybody else."""
        may_log_in = (operator.c.name == name) & operator.c.disabled_at.is_(None)
        with self._database.read() as connection:
            return connection.execute(select(operator.c.password_hash).where(may_log_in)).scalar()

    def add(self, name: str, role: Role, password_hash: str, *, by: str) -> Operator:
        """Add somebody.

        Raises:
            InvalidInput: there is one of that name, disabled perhaps.
        """
        now = self._clock.now()
        with self._database.write("people changed") as connection:
            if connection.execute(select(operator.c.name).where(operator.c.name == name)).first() is not None:
                raise InvalidInput(f"there is a user {name} already; expected a new name")
            values = {"name": name, "role": role, "password_hash": password_hash}
            times = {"created_at": now, "password_changed_at": now}
            connection.execute(insert(operator), values | times)
            append_event(connection, now, "OperatorAdded", name, {"who": by, "role": role})
        return Operator(name, role, now, now, None)

    def change_role(self, name: str, role: Role, *, by: str, why: str) -> None:
        """Give somebody another role; that ends their sessions.

        Raises:
            InvalidInput: there is nobody of that name, or it is the last admin.
        """
        now = self._clock.now()
        with self._database.write("people changed") as connection:
            had = _locked(connection, name)
            if had.role is role:
                return
            _keep_an_admin(connection, had, stays_admin=role is Role.ADMIN)
            _change(connection, name, role=role)
            end_sessions(connection, name)
            detail = {"who": by, "why": why, "from": had.role, "to": role}
            append_event(connection, now, "OperatorRoleChanged", name, detail)

    def change_password(
        self, name: str, password_hash: str, *, by: str, why: str, keep_session: str | None = None
    ) -> None:
        """Give somebody another password; that ends their sessions, but for the one with the hash `keep_session`.

        Raises:
            InvalidInput: there is nobody of that name.
        """
        now = self._clock.now()
        with self._database.write("people changed") as connection:
            _locked(connection, name)
            _change(connection, name, password_hash=password_hash, password_changed_at=now)
            end_sessions(connection, name, keep=keep_session)
            append_event(connection, now, "PasswordChanged", name, {"who": by, "why": why})

    def disable(self, name: str, *, by: str, why: str) -> None:
        """Keep somebody out from now on: sessions end, tokens are revoked.

        Raises:
            InvalidInput: there is nobody of that name, or it is the last admin.
        """
        now = self._clock.now()
        with self._database.write("people changed") as connection:
            had = _locked(connection, name)
            if had.disabled_at is not None:
                return
            _keep_an_admin(connection, had, stays_admin=False)
            _change(connection, name, disabled_at=now)
            end_sessions(connection, name)
            valid = (api_token.c.operator == name) & api_token.c.revoked_at.is_(None)
            revoked = connection.execute(update(api_token).where(valid).values(revoked_at=now)).rowcount
            append_event(connection, now, "OperatorDisabled", name, {"who": by, "why": why, "tokens_revoked": revoked})

    def enable(self, name: str, *, by: str, why: str) -> None:
        """Let somebody in again, with the password of before.

        Raises:
            InvalidInput: there is nobody of that name.
        """
        now = self._clock.now()
        with self._database.write("people changed") as connection:
            if _locked(connection, name).disabled_at is None:
                return
            _change(connection, name, disabled_at=None)
            append_event(connection, now, "OperatorEnabled", name, {"who": by, "why": why})


def read_operator(row: RowMapping) -> Operator:
    """Return the person of a row."""
    times = (row["created_at"], row["password_changed_at"], row["disabled_at"])
    return Operator(row["name"], Role(row["role"]), *times)


def end_sessions(connection: Connection, name: str, *, keep: str | None = None) -> int:
    """End somebody's sessions but one, in the caller's transaction; return how many."""
    theirs = operator_session.c.operator == name
    if keep is not None:
        theirs &= operator_session.c.token_hash != keep
    return connection.execute(delete(operator_session).where(theirs)).rowcount


def _locked(connection: Connection, name: str) -> Operator:
    # All of them, always in one order: that there is an admin left is judged on what nobody changes meanwhile.
    rows = connection.execute(_BY_NAME.with_for_update()).mappings()
    found = next((row for row in rows if row["name"] == name), None)
    if found is None:
        raise InvalidInput(f"there is no user {name}; `meic users list` shows who there is")
    return read_operator(found)


def _keep_an_admin(connection: Connection, had: Operator, *, stays_admin: bool) -> None:
    if stays_admin or had.role is not Role.ADMIN or had.disabled_at is not None:
        return
    others = (operator.c.role == Role.ADMIN) & operator.c.disabled_at.is_(None) & (operator.c.name != had.name)
    if connection.execute(select(operator.c.name).where(others).limit(1)).first() is None:
        raise InvalidInput(f"{had.name} is the last admin; expected another one before: nobody could make one")


def _change(connection: Connection, name: str, **values: Any) -> None:
    connection.execute(update(operator).where(operator.c.name == name).values(values))
