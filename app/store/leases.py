"""Leases: the right to do something alone, with an epoch that fences off a holder who was too slow."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.errors import LeaseLost
from app.domain.ledger import Lease
from app.ports import Clock
from app.store import tables
from app.store.database import Database

_lease = tables.lease


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT, which SQLAlchemy offers per database only."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def fence(connection: Connection, lease: Lease) -> None:
    """Let the caller's transaction go on only while its lease has not been taken over, and keep it so until it ends.

    Raises:
        LeaseLost: another holder has a later epoch; the transaction must not be committed.
    """
    held = select(_lease.c.epoch).where(_lease.c.name == lease.name, _lease.c.epoch == lease.epoch).with_for_update()
    if connection.execute(held).first() is None:
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
        with self._database.write() as connection:
            fence(connection, lease)
            connection.execute(update(_lease).where(_lease.c.name == lease.name).values(expires_at=expires_at))
        return Lease(lease.name, lease.holder, lease.epoch, expires_at)

    def _acquire(self, name: str, ttl_seconds: float) -> Lease | None:
        now = self._clock.now()
        holder, expires_at = str(uuid.uuid4()), now + timedelta(seconds=ttl_seconds)
        with self._database.write() as connection:
            statement = upsert(connection, _lease).values(name=name, holder=holder, epoch=1, expires_at=expires_at)
            taken = statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": holder, "epoch": _lease.c.epoch + 1, "expires_at": expires_at},
                where=_lease.c.expires_at <= now,
            ).returning(_lease.c.epoch)
            epoch = connection.execute(taken).scalar()
        return None if epoch is None else Lease(name, holder, epoch, expires_at)

    def _release(self, lease: Lease) -> None:
        mine = (_lease.c.name == lease.name) & (_lease.c.epoch == lease.epoch)
        with self._database.write() as connection:
            connection.execute(update(_lease).where(mine).values(expires_at=self._clock.now()))
