import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.errors import AuthenticationFailed, SignerRefused
from app.domain.halts import Scope
from app.domain.issuances import IssuanceState
from app.services.issue_sales import LEASE_SECONDS
from app.services.limits import IssueLimits
from tests.unit.app.services.issuing import Issuing
from tests.unit.app.services.ledgers import NDAU

LIMITS = IssueLimits(per_hour_napu=10 * NDAU, per_day_napu=25 * NDAU, lost_leases_per_hour=3)


@pytest.fixture
def world(issuing: Issuing) -> Issuing:
    issuing.policy = replace(issuing.policy, limits=LIMITS)
    return issuing


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def why_halted(world: Issuing) -> str:
    (halt,) = world.ledger.halts.active()
    assert (halt.scope, halt.exchange, halt.who) == (Scope.ISSUING, None, "limit")
    return halt.why


def resume(world: Issuing) -> None:
    assert world.ledger.halts.lift(Scope.ISSUING, None, who="ann", why="true sales") == 1


def issue(world: Issuing, ndau: int) -> int:
    world.sell(ndau * NDAU)
    return sum(each.quantity_napu for each in world.run().issued) // NDAU


def test_up_to_the_limit_of_an_hour_is_issued_and_one_napu_more_halts(
    world: Issuing, caplog: pytest.LogCaptureFixture
) -> None:
    assert issue(world, 4) == 4
    assert issue(world, 6) == 6
    world.sell(1)
    report = world.run()
    why = why_halted(world)
    assert report.waiting == f"issuing is halted by limit: {why}"
    assert why.startswith(
        "the next Issue would make 10.00000001 ndau within an hour, and policy.maximum_per_hour_ndau is 10; "
    )
    assert errors(caplog) == [f"issuing is halted: {why}"]
    assert world.states == ["issued", "issued"]
    assert "Halted" in [event.kind for event in world.ledger.events.recent(5)]


def test_an_issue_that_would_pass_the_limit_alone_is_not_prepared_either(world: Issuing) -> None:
    assert issue(world, 11) == 0
    assert world.issuances == []
    assert "would make 11 ndau within an hour" in why_halted(world)


def test_resuming_goes_on_when_the_hour_has_passed_and_halts_again_before(world: Issuing) -> None:
    issue(world, 10)
    assert issue(world, 1) == 0
    resume(world)
    world.clock.wait(3600)
    assert world.run().issued == []
    resume(world)
    world.clock.wait(1)
    assert [each.quantity_napu for each in world.run().issued] == [NDAU]
    world.check()


def test_the_limit_of_a_day_holds_however_the_hours_are_filled(world: Issuing) -> None:
    for _ in range(2):
        assert issue(world, 10) == 10
        world.clock.wait(3601)
    assert issue(world, 6) == 0
    assert "would make 26 ndau within a day, and policy.maximum_per_day_ndau is 25" in why_halted(world)


def test_what_is_void_does_not_count_and_neither_does_what_is_older(world: Issuing) -> None:
    world.sell(10 * NDAU)
    with world.ledger.leases.hold("issuer", 60) as lease:
        assert lease is not None
        sales = world.ledger.fills.unissued_sales(10)
        prepared = world.ledger.issuances.prepare(lease, issuer_address="nde", sequence=41, tx_hash="hash", sales=sales)
        now = world.clock.now()
        assert world.ledger.issuances.prepared_napu(now) == 10 * NDAU
        assert world.ledger.issuances.prepared_napu(now + timedelta(seconds=1)) == 0
        world.ledger.issuances.advance(lease, prepared, IssuanceState.VOID)
    assert world.ledger.issuances.prepared_napu(now) == 0


def lose_the_lease(world: Issuing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run an issuer that stands still before it prepares, while another takes over."""
    world.sell(1)
    issue_hash = world.chain.issue_hash

    def stand_still(quantity_napu: int, sequence: int) -> str:
        monkeypatch.setattr(world.chain, "issue_hash", issue_hash)
        world.clock.wait(LEASE_SECONDS + 1)
        assert len(world.run().issued) == 1
        return issue_hash(quantity_napu, sequence)

    monkeypatch.setattr(world.chain, "issue_hash", stand_still)
    assert "was taken over" in world.run().waiting


def test_a_lease_lost_in_mid_work_is_an_event_and_too_many_within_an_hour_halt(
    world: Issuing, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        lose_the_lease(world, monkeypatch)
    assert world.ledger.halts.active() == []
    lose_the_lease(world, monkeypatch)
    assert "the issuer lost its lease 4 times within an hour" in why_halted(world)
    assert len(errors(caplog)) == 1
    lost = [event for event in world.ledger.events.recent(100) if event.kind == "LeaseLost"]
    assert [event.subject for event in lost] == ["issuer"] * 4
    assert all('"epoch"' in event.detail for event in lost)


def test_leases_lost_longer_ago_than_an_hour_are_forgotten(world: Issuing, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        lose_the_lease(world, monkeypatch)
    world.clock.wait(3600)
    for _ in range(3):
        lose_the_lease(world, monkeypatch)
    assert world.ledger.halts.active() == []


@pytest.mark.parametrize("code", ["limit_exceeded", "sequence_conflict", "unknown_key", "bad_request", "halted"])
def test_whatever_the_signer_refuses_for_halts_issuing_with_its_words(world: Issuing, code: str) -> None:
    world.sell(NDAU)
    world.signer.fail_next(SignerRefused(f"refused for {code}", code=code))
    world.run()
    (halt,) = world.ledger.halts.active()
    assert (halt.scope, halt.who) == (Scope.ISSUING, "issuer")
    assert f"refused for {code}" in halt.why
    assert world.states == ["refused"]


def test_a_signer_that_is_not_the_one_expected_is_an_error_each_time(
    world: Issuing, caplog: pytest.LogCaptureFixture
) -> None:
    world.sell(NDAU)
    for _ in range(2):
        world.signer.fail_next(AuthenticationFailed("the handshake failed"))
        assert world.run().waiting == "the handshake failed"
    assert errors(caplog) == ["nothing can be signed until a person mends this: the handshake failed"] * 2
    assert world.chain.submitted == []
