from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.domain.explaining import share_out
from app.domain.ledger import Sale


def sales_of(quantities: Sequence[int]) -> list[Sale]:
    return [Sale("north", str(number), quantity) for number, quantity in enumerate(quantities)]


@given(
    batches=st.lists(st.lists(st.integers(1, 10**12), min_size=1, max_size=8), max_size=6),
    waiting=st.lists(st.integers(1, 10**12), max_size=3),
)
def test_issuances_that_took_the_oldest_sales_get_exactly_these_back(
    batches: list[list[int]], waiting: list[int]
) -> None:
    sales = sales_of([quantity for batch in batches for quantity in batch] + waiting)
    shares = share_out([sum(batch) for batch in batches], sales)
    assert shares is not None
    assert [[sale.quantity_napu for sale in share] for share in shares] == batches


@given(data=st.data(), quantities=st.lists(st.integers(1, 30), min_size=1, max_size=10))
def test_whichever_sales_an_issuance_took_some_with_its_sum_are_found(
    data: st.DataObject, quantities: list[int]
) -> None:
    sales = sales_of(quantities)
    taken = data.draw(st.lists(st.sampled_from(sales), min_size=1, unique=True))
    total = sum(sale.quantity_napu for sale in taken)
    shares = share_out([total], sales)
    assert shares is not None
    (share,) = shares
    assert sum(sale.quantity_napu for sale in share) == total
    assert len(set(share)) == len(share)


@given(quantities=st.lists(st.integers(1, 30), max_size=10), more=st.integers(1, 30))
def test_more_than_was_sold_is_explained_by_nothing(quantities: list[int], more: int) -> None:
    assert share_out([sum(quantities) + more], sales_of(quantities)) is None


def test_no_sale_is_given_to_two_issuances() -> None:
    assert share_out([5, 5], sales_of([5])) is None
    assert share_out([5, 5], sales_of([2, 5, 3])) is not None


def test_a_thousand_sales_of_which_none_fit_are_given_up_in_bounded_time() -> None:
    assert share_out([10**15 + 1], sales_of([2 * (7**number % 10**12 + 1) for number in range(1000)])) is None


@given(
    # How many of the sales become known late, and after how many others.
    late=st.dictionaries(st.integers(0, 29), st.integers(1, 6), max_size=4),
    quantities=st.lists(st.integers(1, 10**9), min_size=30, max_size=30),
    batches=st.lists(st.integers(1, 5), min_size=6, max_size=6),
)
def test_issuances_are_explained_although_some_sales_became_known_late(
    late: dict[int, int], quantities: list[int], batches: list[int]
) -> None:
    sales = sales_of(quantities)
    known = sorted(range(30), key=lambda number: (number + late.get(number, 0), number))
    issued: list[list[int]] = []
    for _ in batches:
        # An issuance takes the oldest of those that are known by then.
        waiting = sorted(known[: sum(batches[: len(issued) + 1])])
        issued.append([number for number in waiting if not any(number in before for before in issued)])
    sums = [sum(quantities[number] for number in batch) for batch in issued if batch]
    shares = share_out(sums, sales)
    assert shares is not None
    assert [sum(sale.quantity_napu for sale in share) for share in shares] == sums
    assert len({sale.fill_id for share in shares for sale in share}) == sum(len(share) for share in shares)
