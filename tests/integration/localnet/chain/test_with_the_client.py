"""The coordinator's client against a real chain process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.domain.errors import ChainRejected, ChainUnavailable
from app.domain.price_curve import BLOCK_NAPU, target_price
from app.ndau.client import NdauChain
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from app.ports.chain import ChainSupply
from localnet.chain.genesis import Genesis
from localnet.chain.process import ChainProcess

Serve = Callable[..., str]
Start = Callable[..., ChainProcess]


def submit(chain: NdauChain, key: PrivateKey, quantity_napu: int, sequence: int) -> str:
    issue = Issue(quantity_napu, sequence)
    chain.submit_issue(quantity_napu, sequence, [str(key.sign(issue.signable_bytes()))])
    return issue.hash()


def test_an_issue_is_on_the_chain_when_submitting_returns(
    serve_chain: Serve, genesis: Genesis, key: PrivateKey
) -> None:
    chain = NdauChain(serve_chain(genesis))
    tx_hash = submit(chain, key, 150, 3)
    assert tx_hash == chain.issue_hash(150, 3)
    assert chain.supply() == ChainSupply(issued_napu=150, released_napu=10_000)
    account = chain.issuer_account()
    assert (account.address, account.sequence, account.validation_keys) == (
        genesis.issuer_address,
        3,
        genesis.validation_keys,
    )
    transaction = chain.transaction(tx_hash)
    assert transaction is not None
    assert (transaction.block_height, transaction.quantity_napu, transaction.sequence) == (1, 150, 3)
    assert chain.issue_with_sequence(3) == transaction


def test_the_same_issue_again_counts_as_done_and_is_applied_once(
    serve_chain: Serve, genesis: Genesis, key: PrivateKey
) -> None:
    chain = NdauChain(serve_chain(genesis))
    submit(chain, key, 150, 1)
    submit(chain, key, 160, 2)
    submit(chain, key, 150, 1)
    assert chain.supply().issued_napu == 310


@pytest.mark.parametrize(
    ("issue", "words"),
    [
        (Issue(1, 5), "sequence too low"),
        (Issue(1, 4), "sequence too low"),
        (Issue(1, 134), "sequence too high"),
        (Issue(9_901, 6), "cannot issue more ndau than have been RFE'd"),
    ],
)
def test_what_the_chain_refuses_changes_nothing(
    serve_chain: Serve, genesis: Genesis, key: PrivateKey, issue: Issue, words: str
) -> None:
    chain = NdauChain(serve_chain(genesis))
    submit(chain, key, 100, 5)
    with pytest.raises(ChainRejected, match=words):
        submit(chain, key, issue.qty, issue.sequence)
    assert (chain.supply().issued_napu, chain.issuer_account().sequence) == (100, 5)


def test_a_signature_of_a_key_that_is_not_the_accounts_is_refused(serve_chain: Serve, genesis: Genesis) -> None:
    chain = NdauChain(serve_chain(genesis))
    with pytest.raises(ChainRejected, match=r"invalid signature\(s\): \[0\]"):
        submit(chain, PrivateKey.generate(), 1, 1)
    with pytest.raises(ChainRejected, match="did not unmarshal"):
        chain.submit_issue(1, 1, ["not a signature"])


def test_an_account_that_cannot_pay_is_refused(serve_chain: Serve, genesis: Genesis, key: PrivateKey) -> None:
    chain = NdauChain(serve_chain(replace(genesis, balance_napu=genesis.fee_napu)))
    submit(chain, key, 1, 1)
    with pytest.raises(ChainRejected, match="insufficient available balance"):
        submit(chain, key, 1, 2)


def test_a_lagging_index_hides_a_transaction_that_the_account_already_shows(
    serve_chain: Serve, genesis: Genesis, key: PrivateKey
) -> None:
    chain = NdauChain(serve_chain(genesis, index_lag_seconds=3600))
    tx_hash = submit(chain, key, 150, 1)
    assert chain.issuer_account().sequence == 1
    assert chain.transaction(tx_hash) is None
    assert chain.issue_with_sequence(1) is None
    with pytest.raises(ChainRejected, match="sequence too low"):
        submit(chain, key, 150, 1)


def test_what_was_answered_survives_a_crash(start_chain: Start, genesis: Genesis, key: PrivateKey) -> None:
    process = start_chain(genesis)
    tx_hash = submit(NdauChain(process.url), key, 150, 1)
    process.kill()
    with pytest.raises(ChainUnavailable):
        NdauChain(process.url).supply()
    chain = NdauChain(start_chain().url)
    assert chain.supply().issued_napu == 150
    assert chain.issuer_account().sequence == 1
    assert chain.transaction(tx_hash) is not None
    submit(chain, key, 160, 2)
    found = chain.issue_with_sequence(2)
    assert found is not None
    assert found.block_height == 2


def test_issues_sent_together_see_each_other_in_one_block(
    serve_chain: Serve, genesis: Genesis, key: PrivateKey
) -> None:
    chain = NdauChain(serve_chain(genesis, block_seconds=0.5))
    with ThreadPoolExecutor(4) as pool:
        same = [pool.submit(submit, chain, key, 6_000, 1) for _ in range(2)]
        rivals = [pool.submit(submit, chain, key, 6_000, sequence) for sequence in (2, 3)]
        outcomes = [future.exception() for future in same + rivals]
    # Whatever the order they arrived in, only one Issue of 6,000 fits what is released.
    assert chain.supply().issued_napu == 6_000
    assert any(outcome is None for outcome in outcomes)
    assert all(outcome is None or isinstance(outcome, ChainRejected) for outcome in outcomes)


def test_an_old_issue_is_found_behind_several_pages(serve_chain: Serve, genesis: Genesis, key: PrivateKey) -> None:
    chain = NdauChain(serve_chain(genesis))
    with ThreadPoolExecutor(4) as pool:
        for start in range(1, 251, 50):
            # Sequences may be skipped but not repeated or go back: a batch waits for all of the one before.
            list(pool.map(lambda sequence: _submit_or_refused(chain, key, sequence), range(start, start + 50)))
    last = chain.issuer_account().sequence
    assert last == 250
    submit(chain, key, 7, 251)
    found = chain.issue_with_sequence(251)
    assert found is not None
    assert found.quantity_napu == 7


def _submit_or_refused(chain: NdauChain, key: PrivateKey, sequence: int) -> None:
    try:
        submit(chain, key, 1, sequence)
    except ChainRejected as rejected:
        assert "sequence too low" in str(rejected)  # noqa: PT017  a later one was faster


def test_the_price_follows_what_is_issued(serve_chain: Serve, key: PrivateKey) -> None:
    genesis = Genesis.for_keys([key.public_key()], total_released_napu=10 * BLOCK_NAPU, total_issued_napu=BLOCK_NAPU)
    chain = NdauChain(serve_chain(genesis))
    submit(chain, key, BLOCK_NAPU, 1)
    prices = chain._node.get("/price/current").body
    assert f'"targetPrice":{target_price(2 * BLOCK_NAPU)}'.encode() in prices


def test_the_doctor_can_ask_for_version_and_health(serve_chain: Serve, genesis: Genesis) -> None:
    chain = NdauChain(serve_chain(genesis))
    assert (chain.version().network, chain.health()) == ("localnet", "Ok")
