"""How transactions that wait together go into one block."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from localnet.chain.chain import LocalChain, Submitted
from localnet.chain.genesis import Genesis
from localnet.chain.rules import Refused, SignedIssue
from localnet.chain.settings import ChainSettings
from localnet.chain.store import ChainStore


@pytest.fixture
def chain(tmp_path: Path, genesis: Genesis) -> Iterator[LocalChain]:
    opened = LocalChain(ChainSettings(genesis, tmp_path / "chain.sqlite", block_seconds=0.02))
    yield opened
    opened.close()


def signed(key: PrivateKey, quantity_napu: int, sequence: int) -> SignedIssue:
    issue = Issue(quantity_napu, sequence)
    return SignedIssue(issue, (key.sign(issue.signable_bytes()),))


def submit_together(chain: LocalChain, *issues: SignedIssue) -> list[Submitted | BaseException]:
    async def submit() -> list[Submitted | BaseException]:
        return await asyncio.gather(*(chain.submit(each) for each in issues), return_exceptions=True)

    return asyncio.run(submit())


def test_transactions_that_wait_together_share_a_block(chain: LocalChain, key: PrivateKey) -> None:
    issues = [signed(key, 10, 1), signed(key, 20, 2), signed(key, 30, 5)]
    assert submit_together(chain, *issues) == [Submitted.COMMITTED] * 3
    state = chain.state()
    assert (state.height, state.sequence, state.issued_napu) == (1, 5, 60)
    assert [found.offset for found in chain.indexed_before(None, 10)] == [2, 1, 0]


def test_each_transaction_of_a_block_sees_those_before_it(chain: LocalChain, key: PrivateKey) -> None:
    first, too_much, too_low, last = submit_together(
        chain, signed(key, 6_000, 2), signed(key, 6_000, 3), signed(key, 1, 1), signed(key, 4_000, 4)
    )
    assert (first, last) == (Submitted.COMMITTED, Submitted.COMMITTED)
    assert [str(too_much), str(too_low)] == ["cannot issue more ndau than have been RFE'd", "sequence too low"]
    assert chain.state().issued_napu == 10_000


def test_the_same_transaction_twice_in_a_block_is_applied_once(chain: LocalChain, key: PrivateKey) -> None:
    same = signed(key, 10, 1)
    assert submit_together(chain, same, same) == [Submitted.COMMITTED] * 2
    assert chain.state().issued_napu == 10
    assert submit_together(chain, same) == [Submitted.ALREADY_COMMITTED]


def test_what_the_last_block_rules_out_is_refused_without_waiting(chain: LocalChain, key: PrivateKey) -> None:
    (refused,) = submit_together(chain, signed(key, 10, 129))
    assert isinstance(refused, Refused)
    assert chain.state().height == 0


def test_a_caller_who_leaves_does_not_stop_the_block(chain: LocalChain, key: PrivateKey) -> None:
    async def leave_one() -> Submitted:
        leaving = asyncio.create_task(chain.submit(signed(key, 10, 1)))
        staying = asyncio.create_task(chain.submit(signed(key, 10, 1)))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(leave_one()) is Submitted.COMMITTED
    assert chain.state().issued_napu == 10


def test_a_block_that_cannot_be_stored_is_told_to_every_caller(
    chain: LocalChain, key: PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(ChainStore, "commit_block", fail)
        outcomes = submit_together(chain, signed(key, 10, 1), signed(key, 20, 2))
    assert [str(outcome) for outcome in outcomes] == ["database or disk is full"] * 2
    assert submit_together(chain, signed(key, 10, 1)) == [Submitted.COMMITTED]


@pytest.mark.parametrize("name", ["block_seconds", "index_lag_seconds"])
@pytest.mark.parametrize("seconds", [-1.0, float("inf"), float("nan")])
def test_a_time_that_is_none_is_refused(tmp_path: Path, genesis: Genesis, name: str, seconds: float) -> None:
    values = {"block_seconds": 0.0, "index_lag_seconds": 0.0, name: seconds}
    with pytest.raises(InvalidInput, match=name):
        ChainSettings(genesis, tmp_path / "chain.sqlite", **values)  # type: ignore[arg-type]
