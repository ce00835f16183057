import pytest

from app.domain.errors import (
    AuthenticationFailed,
    ChainRejected,
    ChainUnavailable,
    OutcomeUnknown,
    SignerRefused,
    SignerUnavailable,
)
from app.domain.halts import Scope
from app.ndau.keys import PrivateKey
from app.services.settle_issuance import note_blocks
from tests.fakes.signer import FakeSigner
from tests.unit.app.services.issuing import KEY, Issuing
from tests.unit.app.services.ledgers import NDAU


def resume(issuing: Issuing) -> None:
    assert issuing.ledger.halts.lift(Scope.ISSUING, None, who="operator", why="mended") == 1


def test_an_unknown_outcome_that_was_applied_is_found_on_the_chain_and_not_sent_again(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"), after_effect=True)
    assert issuing.run().issued == []
    assert issuing.states == ["submitted"]
    assert len(issuing.run().issued) == 1
    assert len(issuing.chain.submitted) == 1
    issuing.check()


def test_an_unknown_outcome_that_was_not_applied_is_the_same_transaction_again(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"))
    issuing.run()
    issuing.sell(5 * NDAU)
    assert [each.quantity_napu for each in issuing.run().issued] == [NDAU, 5 * NDAU]
    assert issuing.chain.submitted == [(NDAU, 41), (5 * NDAU, 42)]
    issuing.check()


def test_a_submission_that_could_not_be_sent_is_sent_by_the_next_run(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", ChainUnavailable("no connection"))
    issuing.run()
    assert issuing.states == ["submitted"]
    assert len(issuing.run().issued) == 1
    issuing.check()


def test_while_the_index_lags_nothing_is_sent_and_nothing_is_void(issuing: Issuing) -> None:
    issuing.chain.index_lags = True
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"), after_effect=True)
    for _ in range(3):
        issuing.run()
    assert issuing.states == ["submitted"]
    assert issuing.ledger.fills.unissued_sales(10) == []
    assert len(issuing.chain.submitted) == 1
    issuing.chain.catch_up()
    assert len(issuing.run().issued) == 1
    issuing.check()


def test_a_sequence_that_another_took_voids_only_on_proof_and_its_sales_are_issued_once(issuing: Issuing) -> None:
    issuing.sell(NDAU, 2 * NDAU)
    issuing.signer.fail_next(SignerUnavailable("away"))
    issuing.run()
    issuing.chain.index_lags = True
    issuing.chain.issue_elsewhere(9 * NDAU)
    issuing.run()
    assert issuing.states == ["prepared"]
    issuing.chain.catch_up()
    assert "somebody else issued 900000000 napu with sequence 41" in issuing.run().waiting
    assert issuing.states == ["void"]
    resume(issuing)
    report = issuing.run()
    assert issuing.states == ["void", "issued"]
    assert [(each.sequence, each.quantity_napu) for each in report.issued] == [(42, 3 * NDAU)]
    assert "was used by" in issuing.issuances[0].message
    issuing.check()


def test_a_sequence_that_was_only_skipped_over_is_no_proof(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.signer.fail_next(SignerUnavailable("away"))
    issuing.run()
    issuing.chain.issue_elsewhere(9 * NDAU, sequence=50)
    for _ in range(3):
        assert "being looked up" in issuing.run().waiting
    assert issuing.states == ["prepared"]
    assert issuing.chain.submitted == []


def test_sequence_too_low_for_one_that_was_applied_before_is_looked_up_and_not_refused(
    issuing: Issuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = issuing.chain.issuer_account()
    issuing.sell(NDAU)
    issuing.chain.index_lags = True
    issuing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"), after_effect=True)
    issuing.run()
    accounts = iter([behind, issuing.chain.issuer_account()])
    with monkeypatch.context() as context:
        context.setattr(issuing.chain, "issuer_account", lambda: next(accounts))
        issuing.run()
    assert issuing.chain.submitted == [(NDAU, 41)] * 2
    assert (issuing.states, issuing.ledger.halts.active()) == (["submitted"], [])
    issuing.chain.catch_up()
    issuing.run()
    issuing.check()


def test_what_the_chain_refuses_halts_issuing_and_resuming_sends_the_same_transaction(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", ChainRejected("insufficient balance"))
    issuing.run()
    assert issuing.states == ["refused"]
    (halt,) = issuing.ledger.halts.active()
    assert (halt.scope, halt.who) == (Scope.ISSUING, "issuer")
    assert "insufficient balance" in halt.why
    issuing.sell(5 * NDAU)
    assert "issuing is halted by issuer" in issuing.run().waiting
    assert issuing.chain.submitted == []
    resume(issuing)
    assert [each.quantity_napu for each in issuing.run().issued] == [NDAU, 5 * NDAU]
    assert issuing.chain.submitted == [(NDAU, 41), (5 * NDAU, 42)]
    issuing.check()


def test_what_is_refused_again_after_resuming_halts_again(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    for _ in range(3):
        issuing.chain.fail_next("submit_issue", ChainRejected("no"))
        issuing.run()
        assert issuing.states == ["refused"]
        resume(issuing)
    issuing.run()
    issuing.check()


def test_what_was_refused_for_its_signature_is_signed_with_the_keys_that_the_account_has_by_then(
    issuing: Issuing,
) -> None:
    new = PrivateKey.generate()
    issuing.signer = FakeSigner([KEY, new])
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", ChainRejected("invalid signature(s)"))
    issuing.run()
    issuing.chain._keys = (new,)
    resume(issuing)
    issuing.run()
    assert issuing.chain.submitted == [(NDAU, 41)]
    issuing.check()


def test_what_was_refused_and_is_on_the_chain_after_all_is_issued(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", ChainRejected("no"))
    issuing.run()
    resume(issuing)
    issuing.chain.issue_elsewhere(NDAU, sequence=41)
    assert [each.sequence for each in issuing.run().issued] == [41]
    assert issuing.ledger.fills.totals().waiting_napu == 0


def test_a_signer_that_is_away_leaves_the_issuance_prepared(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.signer.fail_next(SignerUnavailable("away"))
    issuing.run()
    assert issuing.states == ["prepared"]
    assert issuing.ledger.halts.active() == []
    issuing.run()
    issuing.check()


def test_keys_that_do_not_match_the_signers_call_a_person_and_leave_the_issuance_prepared(
    issuing: Issuing, caplog: pytest.LogCaptureFixture
) -> None:
    issuing.sell(NDAU)
    issuing.signer.fail_next(AuthenticationFailed("our key is not accepted"))
    assert issuing.run().waiting == "our key is not accepted"
    assert "our key is not accepted" in caplog.text
    assert (issuing.states, issuing.ledger.halts.active()) == (["prepared"], [])
    issuing.run()
    issuing.check()


def test_what_the_signer_refuses_halts_issuing_until_it_is_mended(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    for _ in range(2):
        issuing.signer.fail_next(SignerRefused("over the limit", code="limit_exceeded"))
        issuing.run()
        assert issuing.states == ["refused"]
        assert "over the limit" in issuing.ledger.halts.active()[0].why
        assert issuing.chain.submitted == []
        resume(issuing)
    issuing.run()
    assert issuing.chain.submitted == [(NDAU, 41)]
    issuing.check()


def test_a_signer_that_signs_something_else_is_not_believed(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.signer.signs_another = True
    issuing.run()
    assert issuing.states == ["refused"]
    assert "the signer signed" in issuing.issuances[0].message
    assert issuing.chain.submitted == []
    issuing.signer.signs_another = False
    resume(issuing)
    issuing.run()
    issuing.check()


def test_a_signed_issuance_is_not_signed_again(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.chain.fail_next("submit_issue", OutcomeUnknown("timeout"))
    issuing.run()
    issuing.signer.is_unavailable = True
    assert len(issuing.run().issued) == 1


def test_a_block_that_the_index_shows_late_is_noted_later(issuing: Issuing) -> None:
    issuing.chain.index_lags = True
    issuing.sell(NDAU)
    assert [each.block_height for each in issuing.run().issued] == [None]
    assert note_blocks(issuing.ledger, issuing.chain) == 0
    issuing.chain.catch_up()
    assert note_blocks(issuing.ledger, issuing.chain) == 1
    assert [each.block_height for each in issuing.issuances] == [1]
    assert note_blocks(issuing.ledger, issuing.chain) == 0


def test_an_issue_whose_block_cannot_be_asked_for_is_issued_all_the_same(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.chain.fail_next("transaction", ChainUnavailable("away"))
    assert [(each.state, each.block_height) for each in issuing.run().issued] == [("issued", None)]
