"""What scripts show instead of a password, in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from app.domain.access import ApiToken, Role, lesser
from app.domain.errors import InvalidInput
from app.ports.clock import Clock
from app.store.access_tables import api_token, operator
from app.store.database import Database
from app.store.events import append_event

_MOST_VALID = 20
_USED_EVERY = timedelta(minutes=1)


class SqlApiTokens:
    """Tokens of scripts, each found by its hash."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self, name: str, token_hash: str, *, label: str, role: Role, expires_at: datetime | None, by: str
    ) -> ApiToken:
        """Add a token of somebody's.

        Raises:
            InvalidInput: there is nobody of that name, they are disabled or may do less, or have twenty valid ones.
        """
        now = self._clock.now()
        with self._database.write("tokens kept") as connection:
            owner = connection.execute(select(operator).where(operator.c.name == name).with_for_update()).first()
            if owner is None or owner.disabled_at is not None:
                raise InvalidInput(f"there is no user {name}, or they are disabled; expected one who may log in")
            if lesser(role, Role(owner.role)) is not role:
                raise InvalidInput(f"the token's role is {role}; expected no more than {name} may do: {owner.role}")
            if connection.execute(select(func.count()).where(*_valid(name, now))).scalar_one() >= _MOST_VALID:
                raise InvalidInput(f"{name} has {_MOST_VALID} tokens already; expected one of them to be revoked first")
            values = {"operator": name, "label": label, "role": role, "token_hash": token_hash}
            times = {"created_at": now, "expires_at": expires_at}
            row = connection.execute(insert(api_token).values(values | times).returning(api_token)).mappings().one()
            detail = {
                "who": by,
                "token": row["id"],
                "label": label,
                "role": role,
                "expires_at": expires_at and expires_at.isoformat(),
            }
            append_event(connection, now, "TokenMade", name, detail)
            return _read(row)

    def revoke(self, name: str, token_id: int, *, by: str, why: str) -> None:
        """Make a token useless.

        Raises:
            InvalidInput: the person has no such token.
        """
        now = self._clock.now()
        with self._database.write("tokens kept") as connection:
            theirs = (api_token.c.operator == name) & (api_token.c.id == token_id)
            row = connection.execute(select(api_token).where(theirs).with_for_update()).mappings().first()
            if row is None:
                raise InvalidInput(f"{name} has no token {token_id}; expected the number of one of their own")
            if row["revoked_at"] is None:
                connection.execute(update(api_token).where(theirs).values(revoked_at=now))
                detail = {"who": by, "why": why, "token": token_id, "label": row["label"]}
                append_event(connection, now, "TokenRevoked", name, detail)

    def find(self, token_hash: str) -> ApiToken | None:
        """Return a valid token, its role no more than its owner's; None when there is none, and note that it was used."""
        now = self._clock.now()
        with self._database.read() as connection:
            found = select(api_token, operator.c.role.label("owner_role")).join_from(api_token, operator)
            valid = (api_token.c.token_hash == token_hash) & operator.c.disabled_at.is_(None)
            row = connection.execute(found.where(valid, api_token.c.revoked_at.is_(None))).mappings().first()
        if row is None or (row["expires_at"] is not None and row["expires_at"] <= now):
            return None
        if row["used_at"] is None or now - row["used_at"] >= _USED_EVERY:
            with self._database.write("tokens kept") as connection:
                connection.execute(update(api_token).where(api_token.c.id == row["id"]).values(used_at=now))
        return _read(row, role=lesser(Role(row["role"]), Role(row["owner_role"])))

    def of(self, name: str) -> Sequence[ApiToken]:
        """Return somebody's tokens, newest first, those too that are not valid any more."""
        theirs = select(api_token).where(api_token.c.operator == name).order_by(api_token.c.id.desc()).limit(100)
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(theirs).mappings()]


def _valid(name: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    lasts = or_(api_token.c.expires_at.is_(None), api_token.c.expires_at > now)
    return api_token.c.operator == name, api_token.c.revoked_at.is_(None), lasts


def _read(row: RowMapping, role: Role | None = None) -> ApiToken:
    times = (row["created_at"], row["used_at"], row["expires_at"], row["revoked_at"])
    return ApiToken(row["id"], row["operator"], row["label"], role or Role(row["role"]), *times)
