import pytest
from sqlalchemy import delete

from app.domain.errors import ChainUnavailable, SignerUnavailable
from app.domain.halts import Scope
from app.services.learn_issues import is_behind, known_account
from app.store import tables
from tests.unit.app.services.issuing import Issuing
from tests.unit.app.services.ledgers import NDAU


def test_the_account_begins_where_the_chain_stands_and_what_is_issued_by_then_is_foreign(issuing: Issuing) -> None:
    issuing.chain.issue_elsewhere(9 * NDAU)
    account = issuing.chain.issuer_account()
    known = known_account(issuing.ledger, issuing.chain, account)
    assert (known.first_sequence, known.known_sequence) == (41, 41)
    assert issuing.ledger.chain_book.foreign_napu() == 9 * NDAU
    assert known_account(issuing.ledger, issuing.chain, account) == known


def test_our_own_issues_are_known_as_they_are_issued(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.run()
    assert not is_behind(issuing.ledger, issuing.chain)
    known = issuing.ledger.chain_book.account(issuing.chain.issuer_account().address)
    assert known is not None
    assert known.known_sequence == 41
    assert issuing.ledger.chain_book.foreign_napu() == 0


def test_an_open_issuance_of_an_earlier_release_is_settled_before_the_account_begins(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.signer.fail_next(SignerUnavailable("away"))
    issuing.run()
    with issuing.ledger.database.write("test") as connection:
        connection.execute(delete(tables.account))
    with pytest.raises(ChainUnavailable, match="issuance 1 has to be settled first"):
        known_account(issuing.ledger, issuing.chain, issuing.chain.issuer_account())
    issuing.run()
    issuing.check()
    assert issuing.ledger.chain_book.foreign_napu() == 0


def test_an_issue_that_our_signer_did_not_sign_is_foreign_and_halts_issuing_until_a_person_has_looked(
    issuing: Issuing,
) -> None:
    issuing.run()
    issuing.chain.issue_elsewhere(9 * NDAU)
    assert is_behind(issuing.ledger, issuing.chain)
    issuing.run()
    (halt,) = issuing.ledger.halts.active()
    assert (halt.scope, halt.who) == (Scope.ISSUING, "issuer")
    assert halt.why.startswith("somebody else issued 900000000 napu with sequence 41 in block 1")
    assert issuing.ledger.chain_book.foreign_napu() == 9 * NDAU
    assert not is_behind(issuing.ledger, issuing.chain)
    assert issuing.ledger.recovery.active() is None
    issuing.sell(NDAU)
    issuing.run_until_done()
    issuing.check()


def test_while_the_index_lags_a_foreign_issue_is_waited_for(issuing: Issuing) -> None:
    issuing.run()
    issuing.chain.index_lags = True
    issuing.chain.issue_elsewhere(9 * NDAU)
    issuing.sell(NDAU)
    assert issuing.run().waiting == "the chain has issued 900000000 napu more than its index shows"
    assert issuing.states == []
    issuing.chain.catch_up()
    issuing.run_until_done()
    issuing.check()


def test_without_the_signer_nothing_new_is_prepared(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.signer.is_unavailable = True
    assert issuing.run().waiting == "the signing service does not answer"
    assert issuing.states == []
    issuing.signer.is_unavailable = False
    issuing.run()
    issuing.check()
