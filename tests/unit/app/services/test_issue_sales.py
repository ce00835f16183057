import logging

import pytest

from app.domain.errors import SignerUnavailable
from app.domain.halts import Scope
from app.services.issue_sales import LEASE, LEASE_SECONDS, IssuePolicy
from tests.unit.app.services.issuing import Issuing
from tests.unit.app.services.ledgers import NDAU, sell
from tests.unit.app.services.steps import Moment, Steps


def test_without_sales_nothing_is_asked_of_the_signer(issuing: Issuing) -> None:
    issuing.signer.is_unavailable = True
    report = issuing.run()
    assert (report.issued, report.waiting) == ([], "")


def test_all_waiting_sales_of_all_exchanges_become_one_issue(issuing: Issuing) -> None:
    sell(issuing.ledger, 1 * NDAU, 2 * NDAU, exchange="north")
    sell(issuing.ledger, 4 * NDAU, exchange="south")
    report = issuing.run()
    assert [(each.sequence, each.quantity_napu) for each in report.issued] == [(41, 7 * NDAU)]
    assert report.issued[0].block_height == issuing.chain.committed[0].block_height
    assert issuing.chain.supply().issued_napu == 7 * NDAU
    issuing.check()


def test_running_again_issues_nothing_again(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.run()
    assert issuing.run().issued == []
    assert len(issuing.chain.submitted) == 1
    issuing.check()


def test_the_sequence_follows_the_accounts_when_others_used_some(issuing: Issuing) -> None:
    issuing.chain.issue_elsewhere(NDAU, sequence=60)
    issuing.sell(NDAU)
    assert [each.sequence for each in issuing.run().issued] == [61]


def test_a_node_that_is_behind_makes_no_sequence_come_twice(issuing: Issuing, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = issuing.chain.issuer_account()
    issuing.sell(NDAU)
    issuing.run()
    monkeypatch.setattr(issuing.chain, "issuer_account", lambda: behind)
    issuing.sell(2 * NDAU)
    issuing.run()
    assert [each.sequence for each in issuing.issuances] == [41, 42]
    issuing.check()


def test_what_exceeds_the_limit_of_one_transaction_goes_into_the_next_oldest_first(issuing: Issuing) -> None:
    issuing.sell(30 * NDAU, 50 * NDAU, 40 * NDAU, 60 * NDAU, 1 * NDAU)
    issuing.run()
    assert [quantity for quantity, _ in issuing.chain.submitted] == [80 * NDAU, 100 * NDAU, 1 * NDAU]
    issuing.check()


def test_no_more_sales_than_the_policy_says_go_into_one_transaction(issuing: Issuing) -> None:
    issuing.policy = IssuePolicy(maximum_napu=100 * NDAU, maximum_sales=2, unsettled_limit_seconds=300)
    issuing.sell(1, 2, 3)
    issuing.run()
    assert [quantity for quantity, _ in issuing.chain.submitted] == [3, 3]


def test_an_older_sale_is_never_passed_over_for_one_that_would_fit(
    issuing: Issuing, caplog: pytest.LogCaptureFixture
) -> None:
    issuing.sell(101 * NDAU, 1 * NDAU)
    report = issuing.run()
    assert report.waiting == f"the next sale is {101 * NDAU} napu, but only {100 * NDAU} napu may be issued now"
    assert "raise policy.maximum_per_issue_ndau" in caplog.text
    assert issuing.chain.submitted == []
    issuing.limit(200 * NDAU)
    issuing.run()
    issuing.check()


def test_no_more_is_issued_than_is_released(issuing: Issuing) -> None:
    supply = issuing.chain.supply()
    issuing.chain.issue_elsewhere(supply.released_napu - 5 * NDAU)
    issuing.sell(3 * NDAU, 3 * NDAU)
    report = issuing.run()
    assert [each.quantity_napu for each in report.issued] == [3 * NDAU]
    assert f"only {2 * NDAU} napu may be issued now" in report.waiting
    issuing.chain.release(1 * NDAU)
    assert issuing.run().waiting == ""
    issuing.check()


def test_one_run_is_bounded_and_says_that_more_waits(issuing: Issuing) -> None:
    issuing.limit(1)
    issuing.sell(*[1] * 21)
    report = issuing.run()
    assert (len(report.issued), report.waiting) == (20, "more sales wait for the next run")
    assert len(issuing.run().issued) == 1
    issuing.check()


def test_halted_issuing_does_nothing_and_says_who_halted_it(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.ledger.halts.halt(Scope.ISSUING, None, who="ann", why="maintenance")
    assert issuing.run().waiting == "issuing is halted by ann: maintenance"
    assert issuing.issuances == []
    issuing.ledger.halts.lift(Scope.ISSUING, None, who="ann", why="done")
    assert len(issuing.run().issued) == 1


def test_halted_publishing_does_not_stop_issuing(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.ledger.halts.halt(Scope.PUBLISHING, None, who="ann", why="maintenance")
    assert len(issuing.run().issued) == 1


def test_a_second_issuer_leaves_everything_to_the_first(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    with issuing.ledger.leases.hold(LEASE, LEASE_SECONDS):
        assert issuing.run().waiting == "another issuer is at work"
    assert issuing.issuances == []
    assert len(issuing.run().issued) == 1


def test_an_issuer_who_was_overtaken_stops_and_changes_nothing(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    reports = []

    def overtake(_: Steps) -> None:
        issuing.clock.wait(LEASE_SECONDS + 1)
        reports.append(issuing.run())

    # It reads the chain for longer than its lease lasts.
    report = issuing.run(Steps(5, Moment.AFTER, overtake))
    assert [len(each.issued) for each in (*reports, report)] == [1, 0]
    assert "lease issuer" in report.waiting
    issuing.check()


def test_a_chain_that_does_not_answer_leaves_the_sales_waiting(issuing: Issuing) -> None:
    issuing.sell(NDAU)
    issuing.chain.is_unavailable = True
    assert issuing.run().waiting == "the node does not answer"
    assert issuing.issuances == []
    issuing.chain.is_unavailable = False
    assert len(issuing.run().issued) == 1


def test_an_issuance_that_stays_unsettled_calls_a_person_after_the_limit(
    issuing: Issuing, caplog: pytest.LogCaptureFixture
) -> None:
    issuing.sell(NDAU)
    for _ in range(3):
        issuing.signer.fail_next(SignerUnavailable("away"))
    issuing.run()
    issuing.clock.wait(300)
    issuing.run()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    issuing.clock.wait(1)
    issuing.run()
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors == [
        "issuance 1 (sequence 41) is prepared: being looked up since 301 s; a person must look at the chain"
    ]
