"""A signing service in memory, for the services' tests; it passes the same contract suite as the real one."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from app.domain.errors import InvalidInput, MeicError, SignerRefused, SignerUnavailable
from app.domain.money import NAPU_PER_NDAU
from app.ndau.keys import PrivateKey, PublicKey
from app.ndau.transactions import Issue
from app.ports.signer import SignedBefore, SignedIssue
from app.signing.policy import History, Limits, refusal_of

LIMITS = Limits(per_transaction_napu=10**6 * NAPU_PER_NDAU, per_day_napu=10**7 * NAPU_PER_NDAU)


class FakeSigner:
    """Holds real keys and keeps the real policy; a day never ends.

    Attributes:
        signed: the quantity signed for each sequence.
        is_halted: True refuses everything.
        is_unavailable: True answers nothing.
        signs_another: True gives the hash of another transaction, as only a broken service would.
    """

    def __init__(self, keys: Sequence[PrivateKey], limits: Limits = LIMITS) -> None:
        self.signed: dict[int, int] = {}
        self.is_halted = False
        self.is_unavailable = False
        self.signs_another = False
        self._keys = {key.public_key(): key for key in keys}
        self._limits = limits
        self._faults: deque[MeicError] = deque()

    def fail_next(self, error: MeicError) -> None:
        """Make the next request for signatures raise this, before it is looked at."""
        self._faults.append(error)

    def sign_issue(self, quantity_napu: int, sequence: int, keys: Sequence[str]) -> SignedIssue:
        issue = Issue(quantity_napu, sequence)
        if not keys:
            raise InvalidInput("no key to sign with; expected the account's validation keys")
        wanted = dict.fromkeys(PublicKey.parse(key) for key in keys)
        self._reach()
        if self._faults:
            raise self._faults.popleft()
        held = [self._keys[key] for key in wanted if key in self._keys]
        self._admit(issue, held)
        if self.signs_another:
            issue = replace(issue, qty=issue.qty + 1)
        signatures = tuple(str(key.sign(issue.signable_bytes())) for key in held)
        return SignedIssue(issue.hash(), signatures)

    def recall(self, after_sequence: int) -> Sequence[SignedBefore]:
        if after_sequence < 0:
            raise InvalidInput(f"the sequence to recall from is {after_sequence}; expected at least 0")
        self._reach()
        issues = [Issue(self.signed[sequence], sequence) for sequence in sorted(self.signed)]
        return [SignedBefore(each.qty, each.sequence, each.hash()) for each in issues if each.sequence > after_sequence]

    def _reach(self) -> None:
        if self.is_unavailable:
            raise SignerUnavailable("the signing service does not answer")

    def _admit(self, issue: Issue, held: Sequence[PrivateKey]) -> None:
        if self.is_halted:
            raise SignerRefused("an operator halted signing", code="halted")
        if not held:
            raise SignerRefused("the service holds none of the keys asked for", code="unknown_key")
        history = History(
            quantity_napu=self.signed.get(issue.sequence),
            window_napu=sum(self.signed.values()),
            window_count=len(self.signed),
            highest_sequence=max(self.signed, default=0),
        )
        if refusal := refusal_of(issue, history, self._limits):
            raise SignerRefused(refusal.message, code=refusal.code)
        self.signed[issue.sequence] = issue.qty
