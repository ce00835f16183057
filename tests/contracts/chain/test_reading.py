from collections.abc import Callable

import pytest

from app.domain.errors import ChainUnavailable
from app.ndau.transactions import Issue
from app.ports.chain import Chain
from tests.contracts.chain.worlds import RELEASED_NAPU, World, next_sequence, submit


def test_the_hash_of_an_issue_needs_no_node(world: World) -> None:
    assert world.unreachable().issue_hash(928221729443562, 3967002257972388) == "1TKBgjf5Qgs_9RfS-iE-1g"


def test_the_account_shows_its_keys_and_an_address_of_its_own(world: World) -> None:
    account = world.chain.issuer_account()
    assert account.validation_keys == (str(world.key.public_key()),)
    assert account.address.startswith("nde")
    assert len(account.address) == 48


def test_the_supply_tells_what_is_released(world: World) -> None:
    assert world.chain.supply().released_napu == RELEASED_NAPU


def test_what_was_never_submitted_is_not_in_the_index(world: World) -> None:
    sequence = next_sequence(world.chain)
    assert world.chain.transaction(Issue(1, sequence).hash()) is None
    assert world.chain.issue_with_sequence(sequence) is None


def test_a_lagging_index_hides_what_the_account_and_the_supply_already_show(world: World) -> None:
    chain = world.lagging()
    before, sequence = chain.supply().issued_napu, next_sequence(chain)
    tx_hash = submit(chain, world.key, 150, sequence)
    assert chain.issuer_account().sequence == sequence
    assert chain.supply().issued_napu == before + 150
    assert chain.transaction(tx_hash) is None
    assert chain.issue_with_sequence(sequence) is None
    assert chain.issues_after(sequence - 1) == []


def test_the_index_lists_what_came_after_a_sequence_oldest_first(world: World) -> None:
    sequence = next_sequence(world.chain)
    hashes = [submit(world.chain, world.key, 10 + number, sequence + number) for number in range(3)]
    assert [each.tx_hash for each in world.chain.issues_after(sequence - 1)] == hashes
    assert [each.quantity_napu for each in world.chain.issues_after(sequence + 1)] == [12]
    assert world.chain.issues_after(sequence + 2) == []


READINGS: dict[str, Callable[[Chain], object]] = {
    "supply": lambda chain: chain.supply(),
    "account": lambda chain: chain.issuer_account(),
    "transaction": lambda chain: chain.transaction(Issue(1, 1).hash()),
    "issues": lambda chain: chain.issues_after(0),
    "sequence": lambda chain: chain.issue_with_sequence(1),
    "submit": lambda chain: chain.submit_issue(1, 1, []),
}


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_a_node_that_does_not_answer_is_unavailable(world: World, read: Callable[[Chain], object]) -> None:
    with pytest.raises(ChainUnavailable):
        read(world.unreachable())
