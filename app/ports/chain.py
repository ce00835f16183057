"""What is asked of the blockchain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ChainSupply:
    """The chain's totals, in napu."""

    issued_napu: int
    released_napu: int


@dataclass(frozen=True, slots=True)
class ChainAccount:
    """The issuer's account on the chain."""

    address: str
    sequence: int
    validation_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainTransaction:
    """A transaction that is in a block."""

    tx_hash: str
    block_height: int
    quantity_napu: int
    sequence: int


class Chain(Protocol):
    """The blockchain. Every method may raise ChainUnavailable."""

    def supply(self) -> ChainSupply:
        """Return how much is issued and released at the last block."""
        ...

    def issuer_account(self) -> ChainAccount:
        """Return the account whose keys sign Issue transactions, as it stands at the last block."""
        ...

    def issue_hash(self, quantity_napu: int, sequence: int) -> str:
        """Return the hash of an Issue transaction; needs no connection."""
        ...

    def transaction(self, tx_hash: str) -> ChainTransaction | None:
        """Return a transaction from the index, or None: not there, or the index lags behind."""
        ...

    def issue_with_sequence(self, sequence: int) -> ChainTransaction | None:
        """Return the Issue that the index holds for this sequence of the issuer's account, or None."""
        ...

    def issues_after(self, sequence: int) -> Sequence[ChainTransaction]:
        """Return the Issues that the index holds with a higher sequence, whoever signed them, in its order.

        The index may lag behind the account's sequence and the supply.
        """
        ...

    def submit_issue(self, quantity_napu: int, sequence: int, signatures: Sequence[str]) -> None:
        """Submit an Issue and wait for its commit; one that was already committed counts as done.

        Raises:
            OutcomeUnknown: a timeout, a lost connection or a failure of the node; it may have been applied.
            SequencePassed: the account's sequence has passed this one: look it up.
            ChainRejected: refused, in the chain's own words.
        """
        ...
