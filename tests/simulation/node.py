"""The truth about the blockchain, and a node that answers in bytes, sometimes late and sometimes out of date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from app.domain.money import NAPU_PER_NDAU
from app.ndau.answers import ISSUER_VARIABLE
from app.ndau.keys import PrivateKey, address
from app.ndau.transactions import Issue
from localnet.chain.reading import read_signed_issue
from localnet.chain.rules import Refused, SignedIssue, State, apply_issue
from tests.simulation.faults import Dice, Fault
from tests.simulation.network import Answer, Call
from tests.simulation.scheduler import SECOND, Process, Scheduler

FEE_NAPU = NAPU_PER_NDAU // 200
REFUSAL = "insufficient available balance to pay for tx"
"""What the chain says when it refuses by the dice."""

_OLDEST_ANSWER_US = 6 * SECOND


@dataclass(frozen=True, slots=True)
class Applied:
    """A transaction in a block.

    Attributes:
        is_foreign: somebody else issued it, with the same account's keys.
        indexed_from_us: true time from which the index shows it.
    """

    signed: SignedIssue
    height: int
    is_foreign: bool
    indexed_from_us: int

    @property
    def issue(self) -> Issue:
        """What was issued."""
        return self.signed.issue


@dataclass(slots=True)
class _Waiting:
    signed: SignedIssue
    is_foreign: bool
    refusal: str | None = None
    is_done: bool = False


@dataclass(slots=True)
class SimulatedNode:
    """The chain, by localnet's rules, and the node that speaks for it.

    Attributes:
        applied: all transactions, oldest first.
        on_applied: told of each at the moment of the truth.
    """

    scheduler: Scheduler
    dice: Dice
    keys: Sequence[PrivateKey]
    state: State
    applied: list[Applied] = field(default_factory=list)
    on_applied: Callable[[Applied], object] = lambda _applied: None
    _states: list[tuple[int, State]] = field(default_factory=list)
    _waiting: dict[str, _Waiting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin the history that old answers come from."""
        self._states.append((0, self.state))

    @property
    def address(self) -> str:
        """The issuer's account."""
        return address("e", self.keys[0].public_key())

    def issue_elsewhere(self, quantity_napu: int) -> None:
        """Have somebody else issue, with the account's next sequence."""
        issue = Issue(quantity_napu, self.state.sequence + 1)
        signatures = tuple(key.sign(issue.signable_bytes()) for key in self.keys)
        self._take(_Waiting(SignedIssue(issue, signatures), is_foreign=True))

    def release(self, quantity_napu: int) -> None:
        """Allow more to be issued."""
        self._become(replace(self.state, released_napu=self.state.released_napu + quantity_napu))

    def serve(self, call: Call) -> Answer:
        """Answer a call."""
        parts = call.path.strip("/").split("/")
        match call.method, parts:
            case "POST", ["tx", "submit", "Issue"]:
                return self._submit(call)
            case "GET", ["transaction", "before", start]:
                return self._before(start, int(call.fields["limit"]))
            case "GET", _:
                return Answer.json(self._state_of(parts))
        return Answer.json({"msg": "no such call"}, 404)

    def _state_of(self, parts: list[str]) -> object:
        match parts:
            case ["price", "current"]:
                state = self._seen_state()
                return {"totalIssued": state.issued_napu, "totalReleased": state.released_napu}
            case ["account", "account", name]:
                return {name: self._account()}
            case ["transaction", "detail", tx_hash]:
                found = next((each for each in self._index() if each.issue.hash() == tx_hash), None)
                return _document(found) if found else None
            case _:
                return {ISSUER_VARIABLE: [self.address]}

    def _account(self) -> dict[str, object]:
        keys = [str(key.public_key()) for key in self.keys]
        return {"sequence": self._seen_state().sequence, "validationKeys": keys}

    def _submit(self, call: Call) -> Answer:
        signed = read_signed_issue(call.body)
        tx_hash = signed.issue.hash()
        if any(each.issue.hash() == tx_hash for each in self._index()):
            return Answer.json({"hash": tx_hash, "msg": "tx already committed", "code": 1002}, 202)
        if tx_hash in self._waiting:
            return Answer.json({"msg": "error submitting transaction (tx already exists in cache)"}, 400)
        if self.dice.strikes(Fault.CHAIN_REFUSES):
            return _refusal(REFUSAL)
        waiting = _Waiting(signed, is_foreign=False)
        self._take(waiting)
        # Whoever sent it may have given up; then nobody reads what is answered.
        return self._after_block(waiting, call.sender) if call.sender is not None else Answer.json({})

    def _after_block(self, waiting: _Waiting, sender: Process) -> Answer:
        for _ in range(100):
            if waiting.is_done:
                break
            sender.pause(100_000)
        else:
            return _refusal("timed out waiting for tx to be included in a block")
        if waiting.refusal is not None:
            return _refusal(waiting.refusal)
        return Answer.json({"hash": waiting.signed.issue.hash(), "code": 0})

    def _take(self, waiting: _Waiting) -> None:
        delay_us = self.dice.between(50_000, SECOND)
        if self.dice.strikes(Fault.SLOW_BLOCK):
            delay_us += self.dice.between(0, 12 * SECOND)
        self._waiting[waiting.signed.issue.hash()] = waiting
        self.scheduler.after(delay_us, lambda: self._apply(waiting))

    def _apply(self, waiting: _Waiting) -> None:
        issue = waiting.signed.issue
        del self._waiting[issue.hash()]
        waiting.is_done = True
        keys = [key.public_key() for key in self.keys]
        try:
            state = apply_issue(self.state, waiting.signed, keys=keys, fee_napu=FEE_NAPU)
        except Refused as refused:
            waiting.refusal = str(refused)
            self.scheduler.note("chain", f"refuses {issue}: {refused}")
            return
        self._become(replace(state, height=state.height + 1))
        indexed_from_us = self.scheduler.now_us
        if self.dice.strikes(Fault.INDEX_LAG):
            indexed_from_us += self.dice.between(0, 20 * SECOND)
        applied = Applied(waiting.signed, self.state.height, waiting.is_foreign, indexed_from_us)
        self.applied.append(applied)
        self.scheduler.note("chain", f"block {applied.height}: {issue}{' of others' if applied.is_foreign else ''}")
        self.on_applied(applied)

    def _become(self, state: State) -> None:
        self.state = state
        self._states.append((self.scheduler.now_us, state))

    def _seen_state(self) -> State:
        if not self.dice.strikes(Fault.OLD_STATE):
            return self.state
        as_of_us = self.scheduler.now_us - self.dice.between(0, _OLDEST_ANSWER_US)
        return next((state for since, state in reversed(self._states) if since <= as_of_us), self._states[0][1])

    def _index(self) -> list[Applied]:
        return [each for each in self.applied if each.indexed_from_us <= self.scheduler.now_us]

    def _before(self, start: str, limit: int) -> Answer:
        found = list(reversed(self._index()))
        if start != "start":
            places = [place for place, each in enumerate(found) if each.issue.hash() == start]
            found = found[places[0] :] if places else []
        page, behind = found[:limit], found[limit:]
        following = behind[0].issue.hash() if behind else ""
        return Answer.json({"Txs": [_document(each) for each in page], "NextTxHash": following})


def _refusal(words: str) -> Answer:
    return Answer.json({"msg": f"error submitting transaction ({words})"}, 400)


def _document(applied: Applied) -> dict[str, object]:
    issue, signatures = applied.issue, applied.signed.signatures
    return {
        "BlockHeight": applied.height,
        "TxHash": issue.hash(),
        "TxType": "Issue",
        "TxData": issue.to_json(signatures),
    }
