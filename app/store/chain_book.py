"""What the ledger knows of the chain beside its own issuances."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from app.domain.issuances import IssuanceState
from app.domain.ledger import KnownAccount, Lease
from app.ports.chain import ChainTransaction
from app.ports.clock import Clock
from app.ports.signer import SignedBefore
from app.store import tables
from app.store.database import Database
from app.store.events import append_event
from app.store.leases import fence, upsert

_account, _foreign, _issuance = tables.account, tables.foreign_issue, tables.issuance

_FOREIGN = select(
    select(func.sum(_account.c.baseline_napu)).scalar_subquery(),
    select(func.coalesce(func.sum(_foreign.c.quantity_napu), 0)).scalar_subquery(),
)
_KNOWN = (_account.c.address, _account.c.first_sequence, _account.c.known_sequence, _account.c.gap_since)
_OURS = select(func.coalesce(func.sum(_issuance.c.quantity_napu), 0)).where(_issuance.c.state == IssuanceState.ISSUED)


class SqlChainBook:
    """How far the issuer's account is known, and what others issued."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def account(self, address: str) -> KnownAccount | None:
        """Return how far an account is known, None before `begin`."""
        wanted = select(*_KNOWN).where(_account.c.address == address)
        with self._database.read() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else KnownAccount(*row)

    def begin(self, address: str, *, sequence: int, chain_issued_napu: int) -> KnownAccount:
        """Note where we start: whatever is issued by now and not by us is foreign. Again, it changes nothing."""
        now = self._clock.now()
        with self._database.write("account begun") as connection:
            foreign = _foreign_napu(connection) or 0
            ours = int(connection.execute(_OURS).scalar_one())
            values = {
                "address": address,
                "baseline_napu": max(0, chain_issued_napu - foreign - ours),
                "first_sequence": sequence,
                "known_sequence": sequence,
            }
            begun = upsert(self._database.dialect, _account).values(values).on_conflict_do_nothing()
            if connection.execute(begun).rowcount:
                append_event(
                    connection, now, "AccountBegun", address, values | {"chain_issued_napu": chain_issued_napu}
                )
        known = self.account(address)
        assert known is not None  # noqa: S101  nobody deletes it
        return known

    def foreign_napu(self) -> int | None:
        """Return what is proven to be issued by others, what was issued before us included; None before `begin`."""
        with self._database.read() as connection:
            return _foreign_napu(connection)

    def foreign_hashes(self) -> frozenset[str]:
        """Return the hashes of the Issues that were found on the chain and were not ours."""
        with self._database.read() as connection:
            return frozenset(connection.execute(select(_foreign.c.tx_hash)).scalars())

    def learn(
        self,
        lease: Lease,
        account: KnownAccount,
        *,
        ours: Sequence[ChainTransaction],
        foreign: Sequence[ChainTransaction],
        signed: Sequence[SignedBefore] = (),
    ) -> None:
        """Store what was found on the chain, and what was signed and is not there, and how far the account is known.

        Those already stored stay as they are.

        Raises:
            LeaseLost: another issuer took over; nothing was written.
        """
        now = self._clock.now()
        with self._database.write("account learnt") as connection:
            fence(connection, lease)
            known = [_issued(account.address, each, now) for each in ours]
            known += [_signed(account.address, each, now) for each in signed]
            for row in known:
                new = upsert(self._database.dialect, _issuance).values(row).on_conflict_do_nothing()
                if connection.execute(new).rowcount:
                    detail = {name: row[name] for name in ("sequence", "quantity_napu", "tx_hash", "state")}
                    append_event(connection, now, "IssuanceLearned", str(row["sequence"]), detail)
            for each in foreign:
                self._note_foreign(connection, account.address, each, now)
            here = update(_account).where(_account.c.address == account.address)
            connection.execute(here.values(gap_since=account.gap_since))
            further = here.where(_account.c.known_sequence < account.known_sequence)
            connection.execute(further.values(known_sequence=account.known_sequence))

    def _note_foreign(self, connection: Connection, address: str, issue: ChainTransaction, now: datetime) -> None:
        values = {
            "tx_hash": issue.tx_hash,
            "issuer_address": address,
            "sequence": issue.sequence,
            "quantity_napu": issue.quantity_napu,
            "block_height": issue.block_height,
        }
        new = upsert(self._database.dialect, _foreign).values(values | {"found_at": now}).on_conflict_do_nothing()
        if connection.execute(new).rowcount:
            append_event(connection, now, "ForeignIssueFound", issue.tx_hash, values)


def note_known(connection: Connection, address: str, sequence: int) -> None:
    """Move on by one: the Issue with the next sequence is ours and in a block."""
    next_one = (_account.c.address == address) & (_account.c.known_sequence == sequence - 1)
    connection.execute(update(_account).where(next_one).values(known_sequence=sequence))


def _foreign_napu(connection: Connection) -> int | None:
    baseline, found = connection.execute(_FOREIGN).one()
    return None if baseline is None else int(baseline) + int(found)


def _issued(address: str, issue: ChainTransaction, now: datetime) -> dict[str, Any]:
    row = _row(address, issue.sequence, issue.quantity_napu, issue.tx_hash, now)
    return row | {"state": IssuanceState.ISSUED, "block_height": issue.block_height}


def _signed(address: str, signed: SignedBefore, now: datetime) -> dict[str, Any]:
    return _row(address, signed.sequence, signed.quantity_napu, signed.tx_hash, now)


def _row(address: str, sequence: int, quantity_napu: int, tx_hash: str, now: datetime) -> dict[str, Any]:
    return {
        "issuer_address": address,
        "sequence": sequence,
        "quantity_napu": quantity_napu,
        "tx_hash": tx_hash,
        "signatures": [],
        "state": IssuanceState.PREPARED,
        "block_height": None,
        "prepared_at": now,
        "changed_at": now,
        "message": "learnt from the chain and the signer",
        "learned_at": now,
    }
