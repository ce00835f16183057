"""The records of issuances, and of what is known of the chain."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from app.domain.issuances import Issuance, IssuanceState
from app.domain.ledger import KnownAccount, Lease, Recovery, Sale
from app.ports.chain import ChainTransaction
from app.ports.signer import SignedBefore


class IssuanceLedger(Protocol):
    """Issuances; each change is made only while the caller's lease holds.

    Every method that writes raises LeaseLost, and writes nothing, when the lease has been taken over.
    """

    def open(self) -> Issuance | None:
        """Return the one issuance that still needs something, or None."""
        ...

    def last_sequence(self, issuer_address: str) -> int:
        """Return the highest sequence ever used for this account, 0 before the first."""
        ...

    def prepare(
        self, lease: Lease, *, issuer_address: str, sequence: int, tx_hash: str, sales: Sequence[Sale]
    ) -> Issuance:
        """Store a new issuance and tie the sales to it, in one transaction."""
        ...

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
        """Move an issuance on; `void` frees its sales in the same transaction. An operator says who it is and why."""
        ...

    def find(self, issuance_id: int) -> Issuance | None:
        """Return an issuance by the ledger's number, or None."""
        ...

    def prepared_napu(self, since: datetime) -> int:
        """Return the sum of all that were prepared at or after a time and are not void."""
        ...

    def recent(self, limit: int) -> Sequence[Issuance]:
        """Return the newest issuances."""
        ...

    def without_block(self, limit: int) -> Sequence[Issuance]:
        """Return the oldest issued ones whose block is not known yet."""
        ...

    def note_block(self, issuance: Issuance, block_height: int) -> None:
        """Store the block of an issued one."""
        ...

    def issued(self) -> Iterator[Issuance]:
        """Yield all that are in a block, oldest first."""
        ...

    def known_hashes(self, tx_hashes: Collection[str]) -> frozenset[str]:
        """Return those hashes that are issuances of the ledger."""
        ...

    def unexplained(self) -> Sequence[Issuance]:
        """Return the learnt issuances that are not void and have no sales yet, in the order of their sequence."""
        ...

    def explain(self, lease: Lease, shares: Sequence[tuple[Issuance, Sequence[Sale]]]) -> None:
        """Tie sales to learnt issuances, in one transaction."""
        ...


class ChainBook(Protocol):
    """What the ledger knows of the chain beside its own issuances."""

    def account(self, address: str) -> KnownAccount | None:
        """Return how far an account is known, None before `begin`."""
        ...

    def begin(self, address: str, *, sequence: int, chain_issued_napu: int) -> KnownAccount:
        """Note where we start: whatever is issued by now and not by us is foreign. Again, it changes nothing."""
        ...

    def foreign_napu(self) -> int | None:
        """Return what is proven to be issued by others, what was issued before us included; None before `begin`."""
        ...

    def foreign_hashes(self) -> frozenset[str]:
        """Return the hashes of the Issues that were found on the chain and were not ours."""
        ...

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
        """
        ...


class RecoveryLedger(Protocol):
    """Whether the ledger is an old copy that still has to learn what it forgot."""

    def active(self) -> Recovery | None:
        """Return the recovery under way, or None."""
        ...

    def begin(self, since: datetime, why: str) -> Recovery:
        """Begin a recovery; the one under way stays."""
        ...

    def exchanges_done(self, recovery: Recovery) -> frozenset[str]:
        """Return the exchanges whose orders and fills have been read again."""
        ...

    def exchange_done(self, recovery: Recovery, exchange: str) -> None:
        """Note that an exchange has been read again."""
        ...

    def finish(self, lease: Lease, recovery: Recovery) -> None:
        """End a recovery: the ledger knows everything again."""
        ...
