import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue.commands import CancelOrder, Command, Deposit, ListMarket, PlaceOrder, SetFees, decoded, encoded
from venue.matching.orders import OrderType, Side, TimeInForce

any_command = st.one_of([st.from_type(kind) for kind in (ListMarket, SetFees, Deposit, PlaceOrder, CancelOrder)])


@given(any_command)
def test_a_command_survives_the_journal(command: Command) -> None:
    record = encoded(command)
    assert b"\n" not in record
    assert decoded(record) == command
    assert type(decoded(record)) is type(command)


def test_records_of_before_orders_had_names_and_types_are_still_read() -> None:
    order = decoded(b'["P",5,"ann","NDAU_USDT","buy",3,100,"gtc"]')
    assert order == PlaceOrder(5, "ann", "NDAU_USDT", Side.BUY, 3, 100, TimeInForce.GTC, "", OrderType.LIMIT)
    market = decoded(b'["M",5,"NDAU","USDT","0.01","0.1","0.5"]')
    assert market == ListMarket(5, "NDAU", "USDT", "0.01", "0.1", "0.5", "0")


@pytest.mark.parametrize(
    "record", [b"", b"null", b"[]", b'["X",1]', b'["C",1]', b'["P",1,"a","A_B","lend",1,1,"gtc"]', b"\xff"]
)
def test_a_record_that_is_no_command_is_refused(record: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(record)
