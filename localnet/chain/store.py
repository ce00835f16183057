"""The chain's state on disk: SQLite, where a block is one transaction, durable before anyone hears of it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.domain.errors import InvalidInput
from app.ndau.keys import Signature
from app.ndau.transactions import Issue
from localnet.chain.genesis import Genesis
from localnet.chain.rules import SignedIssue, State

_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    genesis TEXT NOT NULL,
    height INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    balance_napu INTEGER NOT NULL,
    released_napu INTEGER NOT NULL,
    issued_napu INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS issue (
    number INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    height INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    quantity_napu INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    signatures TEXT NOT NULL,
    fee_napu INTEGER NOT NULL,
    committed_at_microseconds INTEGER NOT NULL
) STRICT;
"""

_COLUMNS = "number, height, offset, quantity_napu, sequence, signatures, fee_napu, committed_at_microseconds"


@dataclass(frozen=True, slots=True)
class CommittedIssue:
    """An Issue in a block.

    Attributes:
        number: counts all transactions of the chain, from 1.
        offset: its place in the block, from 0.
        committed_at_microseconds: since 1970, UTC; the same for a whole block.
    """

    number: int
    height: int
    offset: int
    signed: SignedIssue
    fee_napu: int
    committed_at_microseconds: int


class ChainStore:
    """One chain's file; one process at a time.

    Raises:
        InvalidInput: the file is no chain's, another process has it, or it began from another genesis.
    """

    def __init__(self, path: Path, genesis: Genesis) -> None:
        # Autocommit: BEGIN stands where a block begins. Any thread: the server's loop is the only user, one at a time.
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        try:
            self._open(genesis)
        except sqlite3.Error as error:
            self._connection.close()
            raise InvalidInput(f"the chain's state {path} cannot be used: {error}") from error
        except InvalidInput:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def state(self) -> State:
        """Return the state after the last block."""
        row = self._connection.execute(
            "SELECT height, sequence, balance_napu, released_napu, issued_napu FROM state"
        ).fetchone()
        return State(*row)

    def commit_block(self, after: State, issues: Sequence[SignedIssue], *, fee_napu: int, at_microseconds: int) -> None:
        """Store the next block and the state after it; when this returns it survives everything."""
        rows = [
            (
                signed.issue.hash(),
                after.height,
                offset,
                signed.issue.qty,
                signed.issue.sequence,
                json.dumps([str(signature) for signature in signed.signatures]),
                fee_napu,
                at_microseconds,
            )
            for offset, signed in enumerate(issues)
        ]
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT INTO issue (hash, height, offset, quantity_napu, sequence, signatures, fee_napu,"
                " committed_at_microseconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._connection.execute(
                "UPDATE state SET height = ?, sequence = ?, balance_napu = ?, issued_napu = ?",
                (after.height, after.sequence, after.balance_napu, after.issued_napu),
            )

    def find(self, tx_hash: str, *, until_microseconds: int) -> CommittedIssue | None:
        """Return a transaction committed at or before a time, or None."""
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM issue WHERE hash = ? AND committed_at_microseconds <= ?",  # noqa: S608  a constant
            (tx_hash, until_microseconds),
        )
        return next(_issues(rows), None)

    def newest(self, limit: int, *, from_number: int, until_microseconds: int) -> list[CommittedIssue]:
        """Return transactions committed at or before a time, newest first, from that number down."""
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM issue WHERE number <= ? AND committed_at_microseconds <= ?"  # noqa: S608  a constant
            " ORDER BY number DESC LIMIT ?",
            (from_number, until_microseconds, limit),
        )
        return list(_issues(rows))

    def _open(self, genesis: Genesis) -> None:
        # Exclusive: a second process on the same file is refused, and would otherwise fork the chain.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)
        self._connection.execute(
            "INSERT OR IGNORE INTO state VALUES (1, ?, 0, 0, ?, ?, ?)",
            (genesis.to_json(), genesis.balance_napu, genesis.total_released_napu, genesis.total_issued_napu),
        )
        (stored,) = self._connection.execute("SELECT genesis FROM state").fetchone()
        if Genesis.from_json(stored) != genesis:
            raise InvalidInput("the chain's state began from another genesis; restore that file, or delete the state")


def _issues(rows: Iterable[tuple[int, int, int, int, int, str, int, int]]) -> Iterator[CommittedIssue]:
    for number, height, offset, quantity_napu, sequence, signatures, fee_napu, committed_at in rows:
        signed = SignedIssue(
            Issue(quantity_napu, sequence), tuple(Signature.parse(text) for text in json.loads(signatures))
        )
        yield CommittedIssue(number, height, offset, signed, fee_napu, committed_at)
