import json

import pytest

from app.domain.errors import ChainRejected, InvalidInput, OutcomeUnknown, Unavailable
from app.domain.halts import Scope
from app.domain.proofs import Proof
from app.services.issue_sales import LEASE
from app.services.learn_issues import known_account
from app.services.resolve_issuance import Resolution, resolve_issuance
from app.store.ledger import SqlLedger
from tests.unit.app.services.issuing import Issuing
from tests.unit.app.services.ledgers import NDAU
from tests.unit.app.services.steps import Moment, Steps


@pytest.fixture
def world(issuing: Issuing) -> Issuing:
    """The ledger knows the account, and a second has passed since."""
    known_account(issuing.ledger, issuing.chain, issuing.chain.issuer_account())
    issuing.clock.wait(1)
    return issuing


def resolve(world: Issuing, issuance_id: int = 1, steps: Steps | None = None) -> Resolution:
    ledger = (steps or Steps()).ledger(SqlLedger(world.ledger.database, world.clock))
    return resolve_issuance(ledger, world.chain, world.signer, world.clock, issuance_id, who="ann", why="it hangs")


def hang(world: Issuing, *, applied: bool = False) -> None:
    """Leave an issuance submitted, with sequence 41."""
    world.sell(NDAU)
    world.chain.fail_next("submit_issue", OutcomeUnknown("timeout"), after_effect=applied)
    world.run()
    assert world.states == ["submitted"]


def event(world: Issuing, kind: str) -> dict[str, object]:
    found = next(event for event in world.ledger.events.recent(20) if event.kind == kind)
    detail: dict[str, object] = json.loads(found.detail)
    return detail


def test_what_is_on_the_chain_is_issued_and_the_event_says_who_looked_and_why(world: Issuing) -> None:
    hang(world, applied=True)
    found = resolve(world)
    assert (found.verdict.proof, found.was_settled, found.is_final) == (Proof.ISSUED, True, True)
    assert (found.issuance.state, found.issuance.block_height) == ("issued", 1)
    assert event(world, "IssuanceIssued") == {"block_height": 1, "message": "", "who": "ann", "why": "it hangs"}
    world.check()


def test_another_transaction_with_its_sequence_makes_it_void_and_its_sales_are_issued_next(world: Issuing) -> None:
    hang(world)
    other = world.chain.issue_elsewhere(9 * NDAU, sequence=41)
    found = resolve(world)
    assert (found.verdict.proof, found.was_settled) == (Proof.VOID, True)
    told = event(world, "IssuanceVoid")
    assert (told["who"], told["why"]) == ("ann", "it hangs")
    assert other.tx_hash in str(told["message"])
    world.ledger.halts.lift(Scope.ISSUING, None, who="ann", why="meant")
    world.run()
    world.ledger.halts.lift(Scope.ISSUING, None, who="ann", why="meant")
    world.run()
    assert world.states == ["void", "issued"]
    world.check()


def test_a_sequence_that_was_skipped_is_void_when_the_total_is_explained_without_it(world: Issuing) -> None:
    hang(world)
    world.chain.issue_elsewhere(9 * NDAU, sequence=50)
    found = resolve(world)
    assert (found.verdict.proof, found.issuance.state) == (Proof.VOID, "void")
    assert "all 9 ndau that are issued are explained without it" in found.issuance.message
    assert [sale.quantity_napu for sale in world.ledger.fills.unissued_sales(10)] == [NDAU]


def test_what_we_issued_before_and_what_others_had_issued_is_explained(world: Issuing) -> None:
    world.chain.issue_elsewhere(100 * NDAU, sequence=41)
    world.sell(3 * NDAU)
    for _ in range(3):
        world.run()
        world.ledger.halts.lift(Scope.ISSUING, None, who="ann", why="meant")
    assert world.states == ["issued"]
    world.sell(NDAU)
    world.chain.fail_next("submit_issue", OutcomeUnknown("timeout"))
    world.run()
    world.chain.issue_elsewhere(5 * NDAU, sequence=60)
    assert resolve(world, 2).verdict.words.endswith("all 108 ndau that are issued are explained without it")


def test_while_the_index_lags_nothing_is_proven_though_the_sequence_has_passed(world: Issuing) -> None:
    world.chain.index_lags = True
    hang(world, applied=True)
    found = resolve(world)
    assert (found.verdict.proof, found.was_settled, found.is_final) == (Proof.NONE, False, False)
    assert "of 1 ndau issued only 0 are explained without it" in found.verdict.words
    assert world.states == ["submitted"]
    assert world.ledger.fills.unissued_sales(10) == []
    world.chain.catch_up()
    assert resolve(world).verdict.proof is Proof.ISSUED
    world.check()


def test_another_issue_of_the_same_quantity_that_comes_while_we_look_is_no_proof(
    world: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.chain.index_lags = True
    hang(world, applied=True)
    look = world.chain.issues_after

    def another_comes(sequence: int) -> object:
        found = look(sequence)
        world.chain.issue_elsewhere(NDAU)
        return found

    monkeypatch.setattr(world.chain, "issues_after", another_comes)
    assert resolve(world).verdict.proof is Proof.NONE


def test_what_others_issued_is_counted_once_though_the_ledger_has_it_and_the_index_shows_it(world: Issuing) -> None:
    hang(world, applied=True)
    other = world.chain.issue_elsewhere(NDAU)
    known = world.ledger.chain_book.account(world.chain.issuer_account().address)
    with world.ledger.leases.hold(LEASE, 60) as lease:
        assert lease is not None
        assert known is not None
        world.ledger.chain_book.learn(lease, known, ours=(), foreign=[other])
    world.chain._indexed = [other]
    found = resolve(world)
    assert (found.verdict.proof, found.evidence and found.evidence.explained_napu) == (Proof.NONE, NDAU)


def test_an_issuance_that_is_older_than_the_knowledge_of_the_account_is_not_void_by_totals(issuing: Issuing) -> None:
    with issuing.ledger.leases.hold(LEASE, 60) as lease:
        assert lease is not None
        issuing.sell(NDAU)
        sales = issuing.ledger.fills.unissued_sales(1)
        address, tx_hash = issuing.chain.issuer_account().address, issuing.chain.issue_hash(NDAU, 41)
        issuing.ledger.issuances.prepare(lease, issuer_address=address, sequence=41, tx_hash=tx_hash, sales=sales)
    issuing.chain.index_lags = True
    issuing.chain.issue_elsewhere(NDAU, sequence=41)
    # Whatever had been issued by then, ours too, counts as foreign from now on.
    issuing.clock.wait(1)
    issuing.ledger.chain_book.begin(address, sequence=41, chain_issued_napu=issuing.chain.supply().issued_napu)
    found = resolve(issuing)
    assert found.verdict.proof is Proof.NONE
    assert "the ledger does not know the account from before it" in found.verdict.words


def test_one_whose_sequence_is_free_stays_and_is_not_sent(world: Issuing) -> None:
    hang(world)
    sent = list(world.chain.submitted)
    found = resolve(world)
    assert found.verdict.proof is Proof.NONE
    assert "so it can be applied yet" in found.verdict.words
    assert world.chain.submitted == sent


def test_a_refused_one_is_not_sent_again_but_resuming_does_that(world: Issuing) -> None:
    world.sell(NDAU)
    world.chain.fail_next("submit_issue", ChainRejected("no"))
    world.run()
    found = resolve(world)
    assert (found.issuance.state, found.verdict.proof) == ("refused", Proof.NONE)
    assert "`meic resume issuing` sends the same transaction again" in found.verdict.words
    assert world.chain.submitted == []


def test_the_account_of_another_network_proves_nothing(world: Issuing, monkeypatch: pytest.MonkeyPatch) -> None:
    hang(world)
    world.chain.issue_elsewhere(9 * NDAU, sequence=41)
    monkeypatch.setattr(world.chain, "_address", "ndother")
    assert "the chain's issuer account is ndother" in resolve(world).verdict.words
    assert world.states == ["submitted"]


def test_what_the_signer_remembers_is_told_and_decides_nothing(world: Issuing) -> None:
    hang(world)
    assert resolve(world).signer == "it signed this transaction"
    world.signer.signed.clear()
    assert resolve(world).signer == "it never signed anything with sequence 41"
    world.signer.signed[41] = 7
    assert resolve(world).signer.startswith("it signed ANOTHER transaction with this sequence")
    world.signer.is_unavailable = True
    assert resolve(world).signer == "it cannot be asked: the signing service does not answer"
    assert world.states == ["submitted"]


def test_a_final_one_stays_as_it_is_and_nobody_is_asked(world: Issuing) -> None:
    hang(world, applied=True)
    resolve(world)
    world.chain.is_unavailable = True
    found = resolve(world)
    assert (found.evidence, found.was_settled, found.is_final) == (None, False, True)
    assert found.verdict.words == "it is issued already; nothing is to be done"


def test_one_that_is_not_known_is_refused(world: Issuing) -> None:
    with pytest.raises(InvalidInput, match="there is no issuance 7"):
        resolve(world, 7)


def test_an_issuer_at_work_is_waited_for_and_never_raced(world: Issuing) -> None:
    hang(world, applied=True)
    with world.ledger.leases.hold(LEASE, 3600):
        with pytest.raises(Unavailable, match="an issuer is at work and does not end"):
            resolve(world)
        assert world.states == ["submitted"]
    crashed = world.ledger.leases.hold(LEASE, 10)
    assert crashed.__enter__() is not None
    assert resolve(world).is_final


def test_a_chain_that_does_not_answer_changes_nothing(world: Issuing) -> None:
    hang(world, applied=True)
    world.chain.is_unavailable = True
    with pytest.raises(Unavailable):
        resolve(world)
    assert world.states == ["submitted"]


def test_the_issuer_who_settles_first_wins_and_resolving_finds_it_settled(world: Issuing) -> None:
    hang(world, applied=True)

    def settle(_: Steps) -> None:
        assert len(world.run().issued) == 1

    found = resolve(world, steps=Steps(2, Moment.BEFORE, settle))
    assert found.verdict.words == "it is issued already; nothing is to be done"
    world.check()
