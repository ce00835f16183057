"""The signing service: the real policy on the real journal; only the websocket between is the simulation's."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.errors import SignerRefused, SignerUnavailable
from app.domain.money import NAPU_PER_NDAU
from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from app.ports.signer import SignedBefore, SignedIssue
from app.signing.frames import IssueFields, Recall, Refused, Sign
from app.signing.journal import Journal
from app.signing.policy import Limits
from app.signing.signatory import Signatory
from tests.simulation.faults import Dice, Fault
from tests.simulation.scheduler import SECOND, Process

_SEED = bytes(range(32))
KEYS = (
    PrivateKey(Algorithm.ED25519, _SEED + Ed25519PrivateKey.from_private_bytes(_SEED).public_key().public_bytes_raw()),
)
SIGNING_IS_HALTED = "an operator halted signing"
_LIMITS = Limits(per_transaction_napu=10**6 * NAPU_PER_NDAU, per_day_napu=10**8 * NAPU_PER_NDAU)


class SigningService:
    """The service, on a host of its own.

    Attributes:
        on_signed: told quantity and sequence of what was signed, before anybody hears of it.
    """

    def __init__(self, home: Path, *, now: Callable[[], datetime], on_signed: Callable[[int, int], object]) -> None:
        journal = home / "journal.sqlite3"
        journal.unlink(missing_ok=True)
        self.signatory = Signatory(home=home, journal=Journal(journal, now=now), keys=KEYS, limits=_LIMITS)
        self.on_signed = on_signed

    def close(self) -> None:
        """Close the journal."""
        self.signatory.close()


class SignerLine:
    """One process's line to the service (the Signer port)."""

    def __init__(self, service: SigningService, dice: Dice, step: Callable[[str, int], Process]) -> None:
        self._service = service
        self._dice = dice
        self._step = step

    def sign_issue(self, quantity_napu: int, sequence: int, keys: Sequence[str]) -> SignedIssue:
        process = self._step(f"sign {quantity_napu} with sequence {sequence}", self._dice.latency_us())
        if self._dice.strikes(Fault.SIGNER_AWAY):
            process.pause(self._dice.between(10_000, 3 * SECOND))
            raise SignerUnavailable("the signing service does not answer")
        if self._dice.strikes(Fault.SIGNER_REFUSES):
            raise SignerRefused(SIGNING_IS_HALTED, code="halted")
        fields = IssueFields(qty=quantity_napu, sequence=sequence)
        request = Sign(id=UUID(int=sequence), tx_type="Issue", tx=fields, keys=tuple(keys))
        answer = self._service.signatory.answer(request, KEYS[0].public_key())
        if isinstance(answer, Refused):
            raise SignerRefused(answer.message, code=answer.code)
        self._service.on_signed(quantity_napu, sequence)
        if self._dice.strikes(Fault.SIGNER_ANSWER_LOST):
            process.pause(self._dice.between(10_000, 3 * SECOND))
            raise SignerUnavailable("the signing service was gone before it answered")
        return SignedIssue(answer.tx_hash, answer.signatures)

    def recall(self, after_sequence: int) -> Sequence[SignedBefore]:
        process = self._step(f"recall after sequence {after_sequence}", self._dice.latency_us())
        if self._dice.strikes(Fault.SIGNER_AWAY):
            process.pause(self._dice.between(10_000, 3 * SECOND))
            raise SignerUnavailable("the signing service does not answer")
        request = Recall(id=UUID(int=after_sequence), after=after_sequence)
        told = self._service.signatory.recall(request).transactions
        return [SignedBefore(each.qty, each.sequence, Issue(each.qty, each.sequence).hash()) for each in told]
