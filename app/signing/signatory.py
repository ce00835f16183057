"""Answers requests for signatures: the keys, the policy and its journal, and nothing of the network."""

from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey, PublicKey
from app.ndau.transactions import Issue
from app.signing.frames import MAX_RECALLED, IssueFields, Recall, Recalled, Refused, Sign, Signed
from app.signing.journal import Journal
from app.signing.policy import Limits, Refusal

HALT_FILE = "halt"
"""While a file of this name is in the service's home, nothing is signed; an operator creates and removes it."""


class Signatory:
    """Signs what the policy allows, with those of the requested keys that it holds.

    It builds the bytes it signs itself, from the transaction's fields. Calls must not overlap.
    """

    def __init__(self, *, home: Path, journal: Journal, keys: tuple[PrivateKey, ...], limits: Limits) -> None:
        self._halt_file = home / HALT_FILE
        self._journal = journal
        self._keys = {key.public_key(): key for key in keys}
        self._limits = limits

    @property
    def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys it can sign with."""
        return tuple(self._keys)

    def answer(self, request: Sign, client: PublicKey) -> Signed | Refused:
        """Sign or refuse; what is signed is in the journal before this returns.

        Raises:
            sqlite3.Error: the journal cannot be written; nothing was signed.
        """
        issue = Issue(qty=request.tx.qty, sequence=request.tx.sequence)
        try:
            keys = self._held(request.keys)
        except InvalidInput as error:
            return refused(request.id, Refusal("bad_request", f"one of the keys is none: {error}"))
        refusal = self._halt() or _unknown(request, keys) or self._journal.admit(issue, self._limits, client)
        if refusal:
            return refused(request.id, refusal)
        # Both algorithms sign deterministically, so a repeated request gets the same signatures.
        message = issue.signable_bytes()
        signatures = tuple(str(key.sign(message)) for key in keys)
        return Signed(id=request.id, tx_hash=issue.hash(), signatures=signatures)

    def recall(self, request: Recall) -> Recalled:
        """Tell what was signed before; a halt does not forbid it.

        Raises:
            sqlite3.Error: the journal cannot be read.
        """
        issues = self._journal.signed_after(request.after, MAX_RECALLED + 1)
        told = tuple(IssueFields(qty=issue.qty, sequence=issue.sequence) for issue in issues[:MAX_RECALLED])
        return Recalled(id=request.id, transactions=told, more=len(issues) > MAX_RECALLED)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _held(self, texts: tuple[str, ...]) -> list[PrivateKey]:
        # A key asked for twice would give a signature twice, which the blockchain refuses.
        wanted = dict.fromkeys(PublicKey.parse(text) for text in texts)
        return [self._keys[key] for key in wanted if key in self._keys]

    def _halt(self) -> Refusal | None:
        try:
            self._halt_file.lstat()
        except FileNotFoundError:
            return None
        except OSError as error:
            return Refusal("halted", f"whether signing is halted cannot be seen: {error.strerror}")
        return Refusal("halted", f"an operator halted signing (file {HALT_FILE} in the service's home)")


def refused(request_id: UUID, refusal: Refusal) -> Refused:
    """Return the message that tells a client of a refusal."""
    return Refused(id=request_id, code=refusal.code, message=refusal.message)


def _unknown(request: Sign, held: list[PrivateKey]) -> Refusal | None:
    if held:
        return None
    message = f"the service holds none of the keys asked for; the first is {request.keys[0]}"
    return Refusal("unknown_key", message)
