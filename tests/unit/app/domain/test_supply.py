from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger import SaleTotals
from app.domain.supply import sold_supply

AMOUNT = st.integers(0, 10_000)
SOME = st.integers(1, 10_000)


@given(foreign=AMOUNT, issued=AMOUNT, waiting=AMOUNT)
def test_at_rest_the_basis_is_what_others_issued_and_what_we_sold(foreign: int, issued: int, waiting: int) -> None:
    totals = SaleTotals(issued + waiting, issued, 0)
    supply = sold_supply(foreign + issued, totals, foreign)
    assert supply.foreign_napu == foreign
    assert supply.basis_napu == foreign + issued + waiting


@given(foreign=AMOUNT, issued=AMOUNT, in_flight=SOME, applied=st.booleans())
def test_an_issuance_on_its_way_is_never_counted_twice(
    foreign: int, issued: int, in_flight: int, applied: bool
) -> None:
    totals = SaleTotals(issued + in_flight, issued, in_flight)
    chain = foreign + issued + (in_flight if applied else 0)
    assert sold_supply(chain, totals, foreign).basis_napu == foreign + issued + in_flight


@given(foreign=AMOUNT, issued=AMOUNT, behind=SOME)
def test_a_node_that_lags_behind_changes_nothing(foreign: int, issued: int, behind: int) -> None:
    totals = SaleTotals(issued, issued, 0)
    chain = max(0, foreign + issued - behind)
    assert sold_supply(chain, totals, foreign).basis_napu == foreign + issued


@given(foreign=AMOUNT, issued=AMOUNT, more=SOME)
def test_what_others_issue_raises_the_basis(foreign: int, issued: int, more: int) -> None:
    supply = sold_supply(foreign + issued + more, SaleTotals(issued, issued, 0), foreign)
    assert supply.basis_napu == foreign + issued + more


@given(
    steps=st.lists(st.sampled_from(["sell", "prepare", "apply", "settle", "foreign", "look"]), min_size=1, max_size=60)
)
def test_however_reading_and_issuing_interleave_the_basis_is_exact_in_the_end_and_never_falls(steps: list[str]) -> None:
    chain = foreign = sold = issued = in_flight = 0
    applied = False
    known, last = 0, 0
    for step in [*steps, "apply", "settle", "look"]:
        if step == "sell":
            sold += 7
        elif step == "prepare" and not in_flight and sold > issued:
            in_flight = sold - issued
        elif step == "apply" and in_flight and not applied:
            chain, applied = chain + in_flight, True
        elif step == "settle" and applied:
            issued, in_flight, applied = issued + in_flight, 0, False
        elif step == "foreign":
            chain, foreign = chain + 3, foreign + 3
        elif step == "look":
            supply = sold_supply(chain, SaleTotals(sold, issued, in_flight), known)
            assert supply.basis_napu >= last
            assert supply.basis_napu <= foreign + sold
            known, last = supply.foreign_napu, supply.basis_napu
    assert last == foreign + sold
