import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.issuances import (
    OPEN_STATES,
    ImpossibleTransition,
    IssuanceState,
    check_transition,
    first_that_fit,
)
from app.domain.ledger import Sale

FINAL = set(IssuanceState) - OPEN_STATES


def test_only_issued_and_void_are_final() -> None:
    assert {IssuanceState.ISSUED, IssuanceState.VOID} == FINAL


@pytest.mark.parametrize(("before", "after"), tuple(itertools.product(sorted(FINAL), IssuanceState)))
def test_nothing_leaves_a_final_state(before: IssuanceState, after: IssuanceState) -> None:
    with pytest.raises(ImpossibleTransition, match=f"from {before} to {after}"):
        check_transition(before, after)


@pytest.mark.parametrize("before", sorted(OPEN_STATES))
def test_what_the_chain_shows_can_end_any_open_issuance(before: IssuanceState) -> None:
    check_transition(before, IssuanceState.ISSUED)
    check_transition(before, IssuanceState.VOID)


def test_nothing_is_submitted_before_its_signatures_are_stored() -> None:
    with pytest.raises(ImpossibleTransition):
        check_transition(IssuanceState.PREPARED, IssuanceState.SUBMITTED)


@given(st.lists(st.integers(1, 50)), st.integers(0, 300))
def test_the_oldest_sales_go_first_and_never_exceed_the_limit(quantities: list[int], limit: int) -> None:
    sales = [Sale("x", str(number), quantity) for number, quantity in enumerate(quantities)]
    chosen = first_that_fit(sales, limit)
    assert list(chosen) == sales[: len(chosen)]
    assert sum(sale.quantity_napu for sale in chosen) <= limit
    if len(chosen) < len(sales):
        assert sum(sale.quantity_napu for sale in sales[: len(chosen) + 1]) > limit
