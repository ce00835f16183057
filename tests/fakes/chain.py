"""A blockchain in memory, for the services' tests; it passes the same contract suite as the real client."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.errors import ChainRejected, ChainUnavailable, InvalidInput, MeicError, SequencePassed
from app.domain.money import NAPU_PER_NDAU
from app.ndau.keys import PrivateKey, Signature, address
from app.ndau.transactions import Issue
from app.ports.chain import ChainAccount, ChainSupply, ChainTransaction
from localnet.chain.rules import Refused, SignedIssue, State, apply_issue

FEE_NAPU = NAPU_PER_NDAU // 200


@dataclass(frozen=True, slots=True)
class _Fault:
    error: MeicError
    after_effect: bool


class FakeChain:
    """One chain whose every submission makes a block, by ndau's rules for an Issue.

    Attributes:
        submitted: (quantity, sequence) of every submission through the port that reached the chain, refused or not.
        committed: all transactions, oldest first, ours and those `issue_elsewhere` made.
        index_lags: True hides what is committed from now on from the index, until `catch_up`.
        is_unavailable: True makes every call that needs the node fail.
    """

    def __init__(
        self,
        keys: Sequence[PrivateKey],
        *,
        released_napu: int = 10**9 * NAPU_PER_NDAU,
        issued_napu: int = 0,
        sequence: int = 0,
    ) -> None:
        self.submitted: list[tuple[int, int]] = []
        self.committed: list[ChainTransaction] = []
        self.index_lags = False
        self.is_unavailable = False
        self._keys = tuple(keys)
        self._address = address("e", keys[0].public_key())
        self._state = State(0, sequence, 10**6 * NAPU_PER_NDAU, released_napu, issued_napu)
        self._indexed: list[ChainTransaction] = []
        self._faults: defaultdict[str, deque[_Fault]] = defaultdict(deque)

    # What a test does to the chain

    def fail_next(self, method: str, error: MeicError, *, after_effect: bool = False) -> None:
        """Make the next call of a port's method raise this, before or after its work."""
        self._faults[method].append(_Fault(error, after_effect))

    def issue_elsewhere(self, quantity_napu: int, sequence: int | None = None) -> ChainTransaction:
        """Have somebody else who holds the account's keys issue, with the account's next sequence by default."""
        issue = Issue(quantity_napu, self._state.sequence + 1 if sequence is None else sequence)
        return self._commit(issue, [key.sign(issue.signable_bytes()) for key in self._keys])

    def release(self, quantity_napu: int) -> None:
        """Allow more to be issued."""
        self._state = replace(self._state, released_napu=self._state.released_napu + quantity_napu)

    def catch_up(self) -> None:
        """Let the index show everything, from now on at once."""
        self.index_lags = False
        self._indexed = list(self.committed)

    # The port

    def supply(self) -> ChainSupply:
        self._reach("supply")
        return ChainSupply(issued_napu=self._state.issued_napu, released_napu=self._state.released_napu)

    def issuer_account(self) -> ChainAccount:
        self._reach("issuer_account")
        keys = tuple(str(key.public_key()) for key in self._keys)
        return ChainAccount(self._address, self._state.sequence, keys)

    def issue_hash(self, quantity_napu: int, sequence: int) -> str:
        return Issue(quantity_napu, sequence).hash()

    def transaction(self, tx_hash: str) -> ChainTransaction | None:
        self._reach("transaction")
        return next((each for each in self._indexed if each.tx_hash == tx_hash), None)

    def issue_with_sequence(self, sequence: int) -> ChainTransaction | None:
        self._reach("issue_with_sequence")
        return next((each for each in self._indexed if each.sequence == sequence), None)

    def issues_after(self, sequence: int) -> Sequence[ChainTransaction]:
        self._reach("issues_after")
        return [each for each in self._indexed if each.sequence > sequence]

    def submit_issue(self, quantity_napu: int, sequence: int, signatures: Sequence[str]) -> None:
        issue = Issue(quantity_napu, sequence)
        self._reach("submit_issue")
        self.submitted.append((quantity_napu, sequence))
        if not any(each.tx_hash == issue.hash() for each in self._indexed):
            self._commit(issue, _parsed(signatures))
        self._fault("submit_issue", after_effect=True)

    # How the chain works

    def _reach(self, method: str) -> None:
        if self.is_unavailable:
            raise ChainUnavailable("the node does not answer")
        self._fault(method, after_effect=False)

    def _fault(self, method: str, *, after_effect: bool) -> None:
        faults = self._faults[method]
        if faults and faults[0].after_effect is after_effect:
            raise faults.popleft().error

    def _commit(self, issue: Issue, signatures: Sequence[Signature]) -> ChainTransaction:
        keys = [key.public_key() for key in self._keys]
        try:
            applied = apply_issue(self._state, SignedIssue(issue, tuple(signatures)), keys=keys, fee_napu=FEE_NAPU)
        except Refused as refused:
            kind = SequencePassed if str(refused) == "sequence too low" else ChainRejected
            raise kind(f"the chain refused Issue {issue.hash()}: {refused}") from refused
        self._state = replace(applied, height=applied.height + 1)
        transaction = ChainTransaction(issue.hash(), self._state.height, issue.qty, issue.sequence)
        self.committed.append(transaction)
        if not self.index_lags:
            self._indexed.append(transaction)
        return transaction


def _parsed(texts: Sequence[str]) -> list[Signature]:
    try:
        return [Signature.parse(text) for text in texts]
    except InvalidInput as error:
        raise ChainRejected(f"a signature did not unmarshal: {error}") from error
