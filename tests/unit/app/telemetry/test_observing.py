import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.domain.fills import FillKind
from app.domain.issuances import Issuance, IssuanceState
from app.telemetry.observing import LedgerFigures
from tests.unit.app.telemetry.figures import Growth

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
SUM, COUNT = "meic_step_seconds_sum", "meic_step_seconds_count"
PREPARED, SIGNED, SUBMITTED, ISSUED, *_ = IssuanceState


def after(seconds: float) -> datetime:
    return BEGUN + timedelta(seconds=seconds)


def issuance(state: IssuanceState = PREPARED, learned_at: datetime | None = None) -> Issuance:
    return Issuance(7, "nda", 1, 10, "hash", (), state, None, after(3), "", learned_at)


def sales() -> Sequence[tuple[str, datetime]]:
    return [("north", after(1)), ("south", after(2))]


def go_through(figures: LedgerFigures, states: Sequence[IssuanceState], learned_at: datetime | None = None) -> None:
    """Go from state to state, ten seconds for each."""
    moving = issuance(learned_at=learned_at)
    for number, (before, state) in enumerate(pairwise(states), 1):
        moving = replace(moving, state=state)
        figures.moved(before, moving, after(3 + 10 * number), sales)


def test_an_issuance_is_timed_from_each_sale_to_its_block(grown: Growth) -> None:
    go_through(LedgerFigures(), [PREPARED, SIGNED, SUBMITTED, ISSUED])
    assert grown.of(SUM, step="prepared_to_submitted", exchange="") == 20
    assert grown.of(SUM, step="submitted_to_issued", exchange="") == 10
    assert grown.of(SUM, step="recorded_to_prepared", exchange="north") == 2
    assert grown.of(SUM, step="recorded_to_prepared", exchange="south") == 1
    assert grown.of(SUM, step="recorded_to_issued", exchange="north") == 32
    assert grown.of(SUM, step="recorded_to_issued", exchange="south") == 31
    assert grown.of("meic_issuances_total", state="issued") == 1


def test_one_that_is_sent_again_is_timed_from_when_it_was_first_sent(grown: Growth) -> None:
    go_through(LedgerFigures(), [PREPARED, SIGNED, SUBMITTED, SUBMITTED, ISSUED])
    assert grown.of(COUNT, step="prepared_to_submitted", exchange="") == 1
    assert grown.of(SUM, step="submitted_to_issued", exchange="") == 20


def test_who_did_not_see_it_sent_times_the_sales_all_the_same(grown: Growth) -> None:
    go_through(LedgerFigures(), [SUBMITTED, ISSUED])
    assert grown.of(COUNT, step="submitted_to_issued", exchange="") == 0
    assert grown.of(SUM, step="recorded_to_issued", exchange="north") == 12


def test_one_that_was_learnt_again_is_not_timed(grown: Growth) -> None:
    go_through(LedgerFigures(), [PREPARED, SIGNED, SUBMITTED, ISSUED], learned_at=BEGUN)
    assert grown.of(COUNT, step="recorded_to_issued", exchange="north") == 0
    assert grown.of("meic_issuances_total", state="issued") == 1


def test_fills_are_counted_by_kind_and_a_clock_ahead_of_ours_counts_as_no_time(grown: Growth) -> None:
    fills = [(FillKind.SALE, after(-2)), (FillKind.SALE, after(5)), (FillKind.UNCLAIMED, after(-1))]
    LedgerFigures().recorded("north", BEGUN, fills)
    assert grown.of("meic_fills_total", exchange="north", kind="sale") == 2
    assert grown.of("meic_fills_total", exchange="north", kind="unclaimed") == 1
    assert grown.of(SUM, step="executed_to_recorded", exchange="north") == 3


def test_that_offers_are_shown_is_timed_and_said(grown: Growth, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    LedgerFigures().shown("north", 4, BEGUN, after(1.5))
    assert grown.of(SUM, step="decided_to_shown", exchange="north") == 1.5
    assert caplog.messages == ["north shows generation 4, 1.5 s after it was decided"]


def test_what_goes_wrong_in_it_is_said_once_and_stays_there(caplog: pytest.LogCaptureFixture) -> None:
    def unreadable() -> Sequence[tuple[str, datetime]]:
        raise OSError("no ledger")

    figures = LedgerFigures()
    for _ in range(3):
        figures.moved(SUBMITTED, issuance(ISSUED), after(9), unreadable)
    assert [record.message for record in caplog.records] == [
        "LedgerFigures.moved failed; work goes on without it, and this is not said again"
    ]
