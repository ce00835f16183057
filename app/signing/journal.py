"""The policy's memory: every transaction that was ever allowed, on disk before its signatures leave the service."""

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.crash_points import around
from app.domain.errors import InvalidInput
from app.ndau.keys import PublicKey
from app.ndau.transactions import Issue
from app.signing.policy import WINDOW, History, Limits, Refusal, is_repeat, refusal_of, time_of_decision

LOG = logging.getLogger(__name__)

_VERSION = 1
_SCHEMA = """
CREATE TABLE issue (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    quantity_napu INTEGER NOT NULL CHECK (quantity_napu > 0),
    signed_at_microseconds INTEGER NOT NULL,
    client_key TEXT NOT NULL
) STRICT;
CREATE INDEX issue_by_time ON issue (signed_at_microseconds);
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BUSY_SECONDS = 5.0
_NOTABLE_SKEW = timedelta(minutes=1)


class Journal:
    """A SQLite file that each decision is read from and written to in one transaction, flushed to the disk.

    Two services on one file keep the rules too. One file serves one issuer account: sequences are the account's.
    Deleting the file forgets what was signed; move it with the service.

    Raises:
        InvalidInput: the file is no journal, or another version's.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime]) -> None:
        self._now = now
        # The service calls from one thread at a time, though not from the one that made this.
        self._database = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise InvalidInput(f"{path} cannot be used as the signing journal: {error}") from error
        except InvalidInput:
            self._database.close()
            raise

    def admit(self, issue: Issue, limits: Limits, client: PublicKey) -> Refusal | None:
        """Decide whether a transaction may be signed; when this returns None, that is on disk.

        Raises:
            sqlite3.Error: the disk failed; nothing may be signed.
        """
        with self._transaction():
            decided_at = self._time_of_decision()
            history = self._history(issue.sequence, decided_at)
            refusal = refusal_of(issue, history, limits)
            is_new = refusal is None and not is_repeat(issue, history)
            if is_new:
                self._database.execute(
                    "INSERT INTO issue VALUES (?, ?, ?, ?)",
                    (issue.sequence, issue.qty, _microseconds(decided_at), str(client)),
                )
        if is_new:
            # Not for a repeat, or a client could fill the disk with lines.
            LOG.info("signing %s: qty %d napu, sequence %d, for %s", issue.hash(), issue.qty, issue.sequence, client)
        return refusal

    def signed_after(self, sequence: int, limit: int) -> list[Issue]:
        """Return the first transactions with a sequence above this one, ascending."""
        rows = self._database.execute(
            "SELECT quantity_napu, sequence FROM issue WHERE sequence > ? ORDER BY sequence LIMIT ?", (sequence, limit)
        )
        return [Issue(quantity, sequence) for quantity, sequence in rows]

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _time_of_decision(self) -> datetime:
        clock = self._now()
        decided_at = time_of_decision(clock, self._latest())
        if decided_at - clock > _NOTABLE_SKEW:
            LOG.warning(
                "the clock shows %s, before the last signature at %s: no quota is freed until then", clock, decided_at
            )
        return decided_at

    def _prepare(self) -> None:
        # FULL: a commit returns after the disk has it, so no crash of process or power forgets a signature.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        with self._transaction():
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    self._database.execute(statement)
                self._database.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise InvalidInput(f"the signing journal has version {version}; expected {_VERSION}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            with around("commit: signature"):
                self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def _latest(self) -> datetime | None:
        (latest,) = self._database.execute("SELECT max(signed_at_microseconds) FROM issue").fetchone()
        return None if latest is None else _EPOCH + latest * _MICROSECOND

    def _history(self, sequence: int, decided_at: datetime) -> History:
        row = self._database.execute("SELECT quantity_napu FROM issue WHERE sequence = ?", (sequence,)).fetchone()
        window_napu, window_count = self._database.execute(
            "SELECT coalesce(sum(quantity_napu), 0), count(*) FROM issue WHERE signed_at_microseconds > ?",
            (_microseconds(decided_at - WINDOW),),
        ).fetchone()
        (highest,) = self._database.execute("SELECT coalesce(max(sequence), 0) FROM issue").fetchone()
        return History(row[0] if row else None, window_napu, window_count, highest)


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND
