from hypothesis import given
from hypothesis import strategies as st

from app.console.pages.curve import curve_at
from app.domain.money import NAPU_PER_NDAU
from app.domain.price_curve import BLOCK_NAPU, block_price, target_price

BASES = st.integers(min_value=0, max_value=40_000 * BLOCK_NAPU)


@given(BASES)
def test_the_present_block_holds_the_basis_and_has_its_price(basis_napu: int) -> None:
    curve = curve_at(basis_napu)
    assert curve.current.price_nanocents == target_price(basis_napu)
    assert curve.current.block * BLOCK_NAPU + curve.current.sold_napu == basis_napu
    assert curve.current.sold_napu + curve.left_napu == BLOCK_NAPU
    assert curve.left_napu > 0
    assert curve.following.price_nanocents == block_price(curve.current.block + 1)


@given(BASES)
def test_what_was_sold_of_the_rows_ends_where_we_stand(basis_napu: int) -> None:
    curve = curve_at(basis_napu)
    rows = curve.rows
    assert curve.current in rows
    assert rows[0].block * BLOCK_NAPU + sum(row.sold_napu for row in rows) == basis_napu
    assert [row.block for row in rows] == list(range(rows[0].block, rows[0].block + len(rows)))


def test_the_charts_points_rise_and_hold_where_we_stand() -> None:
    curve = curve_at(3_500_500 * NAPU_PER_NDAU)
    assert curve.points["basis"] == 3_500_500
    for amounts, prices in (curve.near, curve.whole):
        assert amounts == sorted(amounts)
        assert prices == sorted(prices)
        assert len(amounts) == len(prices) <= 500
    assert curve.near[0][0] < 3_500_500 < curve.near[0][-1]
