"""Leases: the right to do something alone, with an epoch that fences off a holder who was too slow."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache

from sqlalchemy import Connection, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from app.domain.errors import LeaseLost
from app.domain.ledger import Lease
from app.ports.clock import Clock
from app.store import tables
from app.store.database import Database

_lease = tables.lease

_MINE = (_lease.c.name == bindparam("lease_name")) & (_lease.c.epoch == bindparam("lease_epoch"))
_FENCE = select(_lease.c.epoch).where(_MINE).with_for_update()
_EXPIRE = update(_lease).where(_MINE).values(expires_at=bindparam("new_expires_at"))


def upsert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT, which SQLAlchemy offers per database only."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def fence(connection: Connection, lease: Lease) -> None:
    """Let the caller's transaction go on only while its lease has not been taken over, and keep it so until it ends.

    Raises:
        LeaseLost: another holder has a later epoch; the transaction must not be committed.
    """
    if connection.execute(_FENCE, _key(lease)).first() is None:
        raise LeaseLost(f"lease {lease.name} (epoch {lease.epoch}) was taken over by another process")


class SqlLeases:
    """Leases in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def hold(self, name: str, ttl_seconds: float) -> Iterator[Lease | None]:
        """Take a lease for the block, or give None when another holder has it; it is released at the end."""
        lease = self._acquire(name, ttl_seconds)
        try:
            yield lease
        finally:
            if lease is not None:
                self._release(lease)

    def renew(self, lease: Lease, ttl_seconds: float) -> Lease:
        """Extend a lease; LeaseLost when another holder took it over."""
        expires_at = self._clock.now() + timedelta(seconds=ttl_seconds)
        with self._database.write("lease renewed") as connection:
            fence(connection, lease)
            connection.execute(_EXPIRE, _key(lease) | {"new_expires_at": expires_at})
        return Lease(lease.name, lease.holder, lease.epoch, expires_at)

    def _acquire(self, name: str, ttl_seconds: float) -> Lease | None:
        now = self._clock.now()
        holder, expires_at = str(uuid.uuid4()), now + timedelta(seconds=ttl_seconds)
        with self._database.write("lease taken") as connection:
            values = {"name": name, "holder": holder, "epoch": 1, "expires_at": expires_at}
            epoch = connection.execute(_take(self._database.dialect), values | {"now": now}).scalar()
        return None if epoch is None else Lease(name, holder, epoch, expires_at)

    def _release(self, lease: Lease) -> None:
        with self._database.write("lease released") as connection:
            connection.execute(_EXPIRE, _key(lease) | {"new_expires_at": self._clock.now()})


@lru_cache(maxsize=2)
def _take(dialect: str) -> ReturningInsert[int]:
    new = upsert(dialect, _lease)
    changed = {"holder": new.excluded.holder, "epoch": _lease.c.epoch + 1, "expires_at": new.excluded.expires_at}
    expired = _lease.c.expires_at <= bindparam("now")
    return new.on_conflict_do_update(index_elements=["name"], set_=changed, where=expired).returning(_lease.c.epoch)


def _key(lease: Lease) -> dict[str, object]:
    return {"lease_name": lease.name, "lease_epoch": lease.epoch}
