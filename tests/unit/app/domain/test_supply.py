from hypothesis import given
from hypothesis import strategies as st

from app.domain.supply import basis_of

AMOUNT = st.integers(0, 10_000)
SOME = st.integers(1, 10_000)


@given(foreign=AMOUNT, issued=AMOUNT, waiting=AMOUNT)
def test_at_rest_the_basis_is_what_others_issued_and_what_we_sold(foreign: int, issued: int, waiting: int) -> None:
    chain = foreign + issued
    basis = basis_of(chain_issued_napu=chain, foreign_napu=foreign, sold_napu=issued + waiting)
    assert basis == foreign + issued + waiting


@given(foreign=AMOUNT, issued=AMOUNT, in_flight=SOME, applied=st.booleans())
def test_an_issuance_on_its_way_is_never_counted_twice(
    foreign: int, issued: int, in_flight: int, applied: bool
) -> None:
    chain = foreign + issued + (in_flight if applied else 0)
    basis = basis_of(chain_issued_napu=chain, foreign_napu=foreign, sold_napu=issued + in_flight)
    assert basis == foreign + issued + in_flight


@given(foreign=AMOUNT, issued=AMOUNT, behind=SOME)
def test_a_node_that_lags_behind_changes_nothing(foreign: int, issued: int, behind: int) -> None:
    chain = max(0, foreign + issued - behind)
    assert basis_of(chain_issued_napu=chain, foreign_napu=foreign, sold_napu=issued) == foreign + issued


@given(foreign=AMOUNT, issued=AMOUNT, more=SOME)
def test_what_others_issue_raises_the_basis_before_anybody_has_looked_at_it(
    foreign: int, issued: int, more: int
) -> None:
    chain = foreign + issued + more
    assert basis_of(chain_issued_napu=chain, foreign_napu=foreign, sold_napu=issued) == chain


@given(foreign=AMOUNT, issued=AMOUNT, forgotten=SOME)
def test_an_old_copy_of_the_ledger_lowers_nothing(foreign: int, issued: int, forgotten: int) -> None:
    chain = foreign + issued
    sold = max(0, issued - forgotten)
    assert basis_of(chain_issued_napu=chain, foreign_napu=foreign, sold_napu=sold) == chain


@given(
    steps=st.lists(
        st.sampled_from(["sell", "prepare", "apply", "settle", "foreign", "learn", "look"]), min_size=1, max_size=60
    )
)
def test_however_reading_and_issuing_interleave_the_basis_is_exact_in_the_end_and_never_falls(steps: list[str]) -> None:
    chain = foreign = known = sold = issued = in_flight = 0
    applied = False
    last = 0
    for step in [*steps, "apply", "settle", "learn", "look"]:
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
        elif step == "learn":
            known = foreign
        elif step == "look":
            basis = basis_of(chain_issued_napu=chain, foreign_napu=known, sold_napu=sold)
            assert last <= basis <= foreign + sold
            last = basis
    assert last == foreign + sold
