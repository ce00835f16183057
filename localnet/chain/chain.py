"""The running chain: takes transactions, makes blocks of them, and tells what is in them."""

import asyncio
import time
from dataclasses import replace
from enum import Enum, auto

from app.domain.price_curve import target_price
from app.ndau.keys import PublicKey
from localnet.chain.rules import Refused, SignedIssue, State, apply_issue
from localnet.chain.settings import ChainSettings
from localnet.chain.store import ChainStore, CommittedIssue

_MICROSECONDS = 10**6
_LAST_NUMBER = 2**63 - 1


class Submitted(Enum):
    """What became of a transaction that was not refused."""

    COMMITTED = auto()
    ALREADY_COMMITTED = auto()


class LocalChain:
    """One chain, used from one event loop."""

    def __init__(self, settings: ChainSettings) -> None:
        self.genesis = settings.genesis
        self._block_seconds = settings.block_seconds
        self._index_lag_microseconds = int(settings.index_lag_seconds * _MICROSECONDS)
        self._keys = tuple(PublicKey.parse(key) for key in self.genesis.validation_keys)
        self._store = ChainStore(settings.state_path, self.genesis)
        self._waiting: dict[str, tuple[SignedIssue, asyncio.Future[Submitted]]] = {}
        self._block: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Close the state's file."""
        self._store.close()

    def stop_waiting(self) -> None:
        """Make the present block, and any later one, at once, so that no caller waits while the server ends."""
        self._block_seconds = 0
        if self._block is not None:
            self._block.cancel()
            self._make_block()

    def state(self) -> State:
        """Return the state after the last block."""
        return self._store.state()

    def target_price_nanocents(self) -> int:
        """Return the price at which the next token is sold."""
        return target_price(self.state().issued_napu)

    def indexed(self, tx_hash: str) -> CommittedIssue | None:
        """Return a transaction if the index shows it by now."""
        return self._store.find(tx_hash, until_microseconds=self._index_time())

    def indexed_before(self, start: CommittedIssue | None, limit: int) -> list[CommittedIssue]:
        """Return what the index shows, newest first, from `start` (that one too) or the newest down."""
        from_number = start.number if start else _LAST_NUMBER
        return self._store.newest(limit, from_number=from_number, until_microseconds=self._index_time())

    def prevalidate(self, signed: SignedIssue) -> None:
        """Check a transaction against the last block; changes nothing.

        Raises:
            Refused: it could not be applied.
        """
        self._applied(self.state(), signed)

    async def submit(self, signed: SignedIssue) -> Submitted:
        """Put a transaction into the next block and wait for its commit.

        Raises:
            Refused: it cannot be applied; nothing changed.
        """
        tx_hash = signed.issue.hash()
        if self.indexed(tx_hash):
            return Submitted.ALREADY_COMMITTED
        self.prevalidate(signed)
        loop = asyncio.get_running_loop()
        if tx_hash not in self._waiting:
            self._waiting[tx_hash] = signed, loop.create_future()
        if self._block is None:
            self._block = loop.call_later(self._block_seconds, self._make_block)
        # Shielded: one caller who leaves must not take the answer from another.
        return await asyncio.shield(self._waiting[tx_hash][1])

    def _make_block(self) -> None:
        waiting, self._waiting, self._block = self._waiting, {}, None
        try:
            refusals = self._commit([signed for signed, _ in waiting.values()])
        except Exception as error:  # noqa: BLE001  whatever it was, every caller must hear of it
            for _, answer in waiting.values():
                answer.set_exception(error)
            return
        for tx_hash, (_, answer) in waiting.items():
            if tx_hash in refusals:
                answer.set_exception(refusals[tx_hash])
            else:
                answer.set_result(Submitted.COMMITTED)

    def _commit(self, waiting: list[SignedIssue]) -> dict[str, Refused]:
        state = self.state()
        taken: list[SignedIssue] = []
        refusals: dict[str, Refused] = {}
        for signed in waiting:
            try:
                state = self._applied(state, signed)
            except Refused as refused:
                refusals[signed.issue.hash()] = refused
            else:
                taken.append(signed)
        if taken:
            state = replace(state, height=state.height + 1)
            self._store.commit_block(state, taken, fee_napu=self.genesis.fee_napu, at_microseconds=_now_microseconds())
        return refusals

    def _applied(self, state: State, signed: SignedIssue) -> State:
        return apply_issue(state, signed, keys=self._keys, fee_napu=self.genesis.fee_napu)

    def _index_time(self) -> int:
        return _now_microseconds() - self._index_lag_microseconds


def _now_microseconds() -> int:
    return time.time_ns() // 1000
