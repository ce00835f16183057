"""Issuances in the database; every write is fenced by the issuer's lease."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.engine import RowMapping

from app.domain.errors import LeaseLost
from app.domain.fills import FillKind
from app.domain.issuances import Issuance, IssuanceState, check_transition
from app.domain.ledger import Lease, Sale
from app.ports.clock import Clock
from app.ports.observer import LedgerObserver, Unobserved
from app.store import tables
from app.store.chain_book import note_known
from app.store.database import Database
from app.store.events import append_event
from app.store.fills import chunks
from app.store.leases import fence

_fill, _issuance = tables.fill, tables.issuance

# Not the bare column: all sales of an exchange would be read, by the index of its kinds, in search of those named.
_KIND = func.coalesce(_fill.c.kind, "")
_OPEN = select(_issuance).where(tables.IS_OPEN)

_UNEXPLAINED = (
    select(_issuance)
    .where(
        _issuance.c.learned_at.is_not(None),
        _issuance.c.explained_at.is_(None),
        _issuance.c.state != IssuanceState.VOID,
    )
    .order_by(_issuance.c.sequence)
)


class SqlIssuances:
    """Issuances and the sales that are tied to them."""

    def __init__(self, database: Database, clock: Clock, observer: LedgerObserver | None = None) -> None:
        self._database = database
        self._clock = clock
        self._observer = observer or Unobserved()

    def open(self) -> Issuance | None:
        """Return the one issuance that still needs something, or None."""
        with self._database.read() as connection:
            row = connection.execute(_OPEN).mappings().first()
        return None if row is None else _read(row)

    def find(self, issuance_id: int) -> Issuance | None:
        """Return an issuance by the ledger's number, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(_issuance).where(_issuance.c.id == issuance_id)).mappings().first()
        return None if row is None else _read(row)

    def prepared_napu(self, since: datetime) -> int:
        """Return the sum of all that were prepared at or after a time and are not void; learnt ones are older than they look."""
        # Times have no index; walking back from the newest issuance looks only at what is summed up anyway.
        before = select(_issuance.c.id).where(_issuance.c.prepared_at < since).order_by(_issuance.c.id.desc()).limit(1)
        newer = _issuance.c.id > func.coalesce(before.scalar_subquery(), 0)
        total = select(func.coalesce(func.sum(_issuance.c.quantity_napu), 0))
        with self._database.read() as connection:
            ours = (_issuance.c.state != IssuanceState.VOID) & _issuance.c.learned_at.is_(None)
            return int(connection.execute(total.where(newer, ours)).scalar_one())

    def last_sequence(self, issuer_address: str) -> int:
        """Return the highest sequence ever used for this account, 0 before the first."""
        highest = select(func.max(_issuance.c.sequence)).where(_issuance.c.issuer_address == issuer_address)
        with self._database.read() as connection:
            return connection.execute(highest).scalar() or 0

    def recent(self, limit: int) -> Sequence[Issuance]:
        """Return the newest issuances, newest first."""
        newest = select(_issuance).order_by(_issuance.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(newest).mappings()]

    def without_block(self, limit: int) -> Sequence[Issuance]:
        """Return the oldest issued ones whose block is not known yet."""
        oldest = select(_issuance).where(tables.IS_WITHOUT_BLOCK).order_by(_issuance.c.id)
        with self._database.read() as connection:
            rows = connection.execute(oldest.limit(limit))
            return [_read(row) for row in rows.mappings()]

    def note_block(self, issuance: Issuance, block_height: int) -> None:
        """Store the block of an issued one."""
        with self._database.write("block noted") as connection:
            noted = update(_issuance).where(_issuance.c.id == issuance.id, _issuance.c.block_height.is_(None))
            connection.execute(noted.values(block_height=block_height))

    def issued(self) -> Iterator[Issuance]:
        """Yield all that are in a block, oldest first."""
        issued = select(_issuance).where(_issuance.c.state == IssuanceState.ISSUED).order_by(_issuance.c.id)
        with self._database.read() as connection, connection.execute(issued.execution_options(yield_per=1000)) as rows:
            yield from (_read(row) for row in rows.mappings())

    def known_hashes(self, tx_hashes: Collection[str]) -> frozenset[str]:
        """Return those hashes that are issuances of the ledger."""
        known: set[str] = set()
        with self._database.read() as connection:
            for part in chunks(tx_hashes):
                found = select(_issuance.c.tx_hash).where(_issuance.c.tx_hash.in_(part))
                known.update(connection.execute(found).scalars())
        return frozenset(known)

    def unexplained(self) -> Sequence[Issuance]:
        """Return the learnt issuances that are not void and have no sales yet, in the order of their sequence."""
        with self._database.read() as connection:
            return [_read(row) for row in connection.execute(_UNEXPLAINED).mappings()]

    def explain(self, lease: Lease, shares: Sequence[tuple[Issuance, Sequence[Sale]]]) -> None:
        """Tie sales to learnt issuances, in one transaction.

        Raises:
            LeaseLost: another issuer took over, or took one of the sales; nothing was written.
        """
        now = self._clock.now()
        with self._database.write("issuances explained") as connection:
            fence(connection, lease)
            for issuance, sales in shares:
                if _tie(connection, issuance.id, sales) != len(sales):
                    raise LeaseLost(f"a sale meant for issuance {issuance.id} is in another one by now, or dismissed")
                explained = update(_issuance).where(_issuance.c.id == issuance.id).values(explained_at=now)
                connection.execute(explained)
                append_event(connection, now, "IssuanceExplained", str(issuance.id), {"sales": len(sales)})

    def prepare(
        self, lease: Lease, *, issuer_address: str, sequence: int, tx_hash: str, sales: Sequence[Sale]
    ) -> Issuance:
        """Store a new issuance and tie the sales to it, in one transaction.

        Raises:
            LeaseLost: another issuer took over, or took one of the sales; nothing was written.
        """
        now = self._clock.now()
        with self._database.write("issuance prepared") as connection:
            fence(connection, lease)
            values = {
                "issuer_address": issuer_address,
                "sequence": sequence,
                "quantity_napu": sum(sale.quantity_napu for sale in sales),
                "tx_hash": tx_hash,
                "signatures": [],
                "state": IssuanceState.PREPARED,
                "prepared_at": now,
                "changed_at": now,
                "message": "",
            }
            row = connection.execute(insert(_issuance).values(values).returning(_issuance)).mappings().one()
            issuance = _read(row)
            if _tie(connection, issuance.id, sales) != len(sales):
                raise LeaseLost(f"a sale meant for issuance {issuance.id} is in another one by now, or dismissed")
            detail = {"sequence": sequence, "quantity_napu": issuance.quantity_napu, "tx_hash": tx_hash}
            append_event(connection, now, "IssuancePrepared", str(issuance.id), detail | {"sales": len(sales)})
        self._observer.prepared(issuance)
        return issuance

    def advance(
        self,
        lease: Lease,
        issuance: Issuance,
        state: IssuanceState,
        *,
        signatures: tuple[str, ...] | None = None,
        block_height: int | None = None,
        message: str = "",
        by: str = "",
        why: str = "",
    ) -> Issuance:
        """Move an issuance on from the state the caller saw; `void` frees its sales in the same transaction.

        `by` and `why` are an operator's, for the event.

        Raises:
            LeaseLost: another issuer took over, or moved this issuance on; nothing was written.
        """
        check_transition(issuance.state, state)
        now = self._clock.now()
        values: dict[str, object] = {"state": state, "changed_at": now, "message": message}
        if signatures is not None:
            values["signatures"] = list(signatures)
        if block_height is not None:
            values["block_height"] = block_height
        seen = (_issuance.c.id == issuance.id) & (_issuance.c.state == issuance.state)
        with self._database.write(f"issuance {state}") as connection:
            fence(connection, lease)
            moved = update(_issuance).where(seen).values(values).returning(_issuance)
            row = connection.execute(moved).mappings().first()
            if row is None:
                raise LeaseLost(f"issuance {issuance.id} is no longer {issuance.state}")
            if state is IssuanceState.VOID:
                connection.execute(update(_fill).where(_fill.c.issuance_id == issuance.id).values(issuance_id=None))
            if state is IssuanceState.ISSUED:
                note_known(connection, issuance.issuer_address, issuance.sequence)
            kind = f"Issuance{state.capitalize()}"
            operator = {"who": by, "why": why} if by else {}
            detail = {"block_height": block_height, "message": message}
            append_event(connection, now, kind, str(issuance.id), detail | operator)
        moved_on = _read(row)
        self._observer.moved(issuance.state, moved_on, now, partial(self.recorded_times, issuance.id))
        return moved_on

    def recorded_times(self, issuance_id: int) -> Sequence[tuple[str, datetime]]:
        """Return where and when each sale of an issuance was recorded."""
        times = select(_fill.c.exchange, _fill.c.recorded_at).where(_fill.c.issuance_id == issuance_id)
        with self._database.read() as connection:
            return [(row.exchange, row.recorded_at) for row in connection.execute(times)]


def _tie(connection: Connection, issuance_id: int, sales: Sequence[Sale]) -> int:
    tied = 0
    by_exchange = groupby(sorted(sales, key=lambda sale: sale.exchange), key=lambda sale: sale.exchange)
    for exchange, group in by_exchange:
        for part in chunks(sale.fill_id for sale in group):
            here = (_fill.c.exchange == exchange) & _fill.c.fill_id.in_(part)
            # An operator may have dismissed one that he had claimed.
            free = here & _fill.c.issuance_id.is_(None) & (_KIND == FillKind.SALE)
            tied += connection.execute(update(_fill).where(free).values(issuance_id=issuance_id)).rowcount
    return tied


def _read(row: RowMapping) -> Issuance:
    return Issuance(
        id=row["id"],
        issuer_address=row["issuer_address"],
        sequence=row["sequence"],
        quantity_napu=row["quantity_napu"],
        tx_hash=row["tx_hash"],
        signatures=tuple(row["signatures"]),
        state=IssuanceState(row["state"]),
        block_height=row["block_height"],
        prepared_at=row["prepared_at"],
        message=row["message"],
        learned_at=row["learned_at"],
    )
