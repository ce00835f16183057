import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from localnet.chain.genesis import Genesis
from localnet.chain.rules import SignedIssue, State
from localnet.chain.store import ChainStore

NOW = 1_000_000


def signed(key: PrivateKey, issue: Issue) -> SignedIssue:
    return SignedIssue(issue, (key.sign(issue.signable_bytes()),))


def commit(store: ChainStore, *issues: SignedIssue, at_microseconds: int = NOW) -> State:
    before = store.state()
    after = replace(before, height=before.height + 1, sequence=issues[-1].issue.sequence)
    store.commit_block(after, issues, fee_napu=3, at_microseconds=at_microseconds)
    return after


def test_a_new_chain_starts_as_its_genesis_says(tmp_path: Path, genesis: Genesis) -> None:
    with ChainStore(tmp_path / "chain.sqlite", replace(genesis, total_issued_napu=5, balance_napu=7)) as store:
        assert store.state() == State(height=0, sequence=0, balance_napu=7, released_napu=10_000, issued_napu=5)


def test_a_block_is_there_after_opening_again(tmp_path: Path, genesis: Genesis, key: PrivateKey) -> None:
    block = [signed(key, Issue(5, 1)), signed(key, Issue(6, 2))]
    with ChainStore(tmp_path / "chain.sqlite", genesis) as store:
        after = commit(store, *block)
    with ChainStore(tmp_path / "chain.sqlite", genesis) as store:
        assert store.state() == after
        found = store.find(block[1].issue.hash(), until_microseconds=NOW)
        assert found is not None
        assert (found.height, found.offset, found.signed, found.fee_napu) == (1, 1, block[1], 3)


def test_a_transaction_is_not_found_before_its_time(tmp_path: Path, genesis: Genesis, key: PrivateKey) -> None:
    issue = signed(key, Issue(5, 1))
    with ChainStore(tmp_path / "chain.sqlite", genesis) as store:
        commit(store, issue)
        assert store.find(issue.issue.hash(), until_microseconds=NOW - 1) is None
        assert store.newest(10, from_number=99, until_microseconds=NOW - 1) == []


def test_the_newest_come_first_from_any_number_down(tmp_path: Path, genesis: Genesis, key: PrivateKey) -> None:
    with ChainStore(tmp_path / "chain.sqlite", genesis) as store:
        for sequence in range(1, 6):
            commit(store, signed(key, Issue(1, sequence)))
        found = store.newest(2, from_number=4, until_microseconds=NOW)
        assert [each.signed.issue.sequence for each in found] == [4, 3]


def test_a_block_that_cannot_be_stored_whole_is_not_stored_at_all(
    tmp_path: Path, genesis: Genesis, key: PrivateKey
) -> None:
    issue = signed(key, Issue(5, 1))
    with ChainStore(tmp_path / "chain.sqlite", genesis) as store:
        before = store.state()
        with pytest.raises(sqlite3.IntegrityError):
            commit(store, issue, issue)
        assert store.state() == before
        assert store.find(issue.issue.hash(), until_microseconds=NOW) is None
        commit(store, issue)


def test_a_second_user_of_the_same_file_is_refused(tmp_path: Path, genesis: Genesis) -> None:
    with ChainStore(tmp_path / "chain.sqlite", genesis), pytest.raises(InvalidInput, match="locked"):
        ChainStore(tmp_path / "chain.sqlite", genesis)


def test_a_state_from_another_genesis_is_refused(tmp_path: Path, genesis: Genesis) -> None:
    with ChainStore(tmp_path / "chain.sqlite", genesis):
        pass
    with pytest.raises(InvalidInput, match="another genesis"):
        ChainStore(tmp_path / "chain.sqlite", replace(genesis, total_released_napu=9))


def test_a_file_that_is_no_state_is_refused(tmp_path: Path, genesis: Genesis) -> None:
    (tmp_path / "chain.sqlite").write_text("not a database, but long enough to be looked at as one" * 40)
    with pytest.raises(InvalidInput, match="cannot be used"):
        ChainStore(tmp_path / "chain.sqlite", genesis)
