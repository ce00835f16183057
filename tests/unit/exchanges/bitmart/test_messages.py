import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.fills import Side
from app.domain.money import MAX_AMOUNT, format_dollars, format_ndau
from app.domain.orders import OrderState
from exchanges import exact_json
from exchanges.bitmart import messages
from exchanges.bitmart.messages import Malformed
from exchanges.milliseconds import milliseconds_of, time_of

ORDER: dict[str, Any] = {
    "entrust_id": 1223181,
    "symbol": "NDAU_USDT",
    "timestamp": 1_600_000_000_123,
    "side": "sell",
    "price": "1.01",
    "fees": "0",
    "original_amount": "10.00",
    "executed_amount": "2.50",
    "remaining_amount": "7.50",
    "status": 2,
}
TRADE = """{"symbol": "NDAU_USDT", "amount": 0.12345678, "fees": 0.00100000, "trade_id": 7, "price": 1.00097097419,
    "active": true, "entrust_id": "1223181", "timestamp": 1600000000123}"""


def wire(value: object) -> exact_json.Json:
    return exact_json.parse(json.dumps(value))


def test_an_order_is_read_exactly() -> None:
    order = messages.parse_order(wire(ORDER), "NDAU_USDT")
    assert order.exchange_order_id == "1223181"
    assert (order.side, order.state) == (Side.SELL, OrderState.OPEN)
    assert (order.price_nanocents, order.quantity_napu, order.filled_napu) == (101 * 10**9, 10**9, 25 * 10**7)
    assert order.placed_at == datetime(2020, 9, 13, 12, 26, 40, 123_000, tzinfo=UTC)


def test_a_trade_keeps_every_digit_and_its_text() -> None:
    trade = messages.parse_trade(exact_json.parse(TRADE), "NDAU_USDT")
    assert (trade.quantity_napu, trade.price_nanocents, trade.fee) == (12345678, 100097097419, "0.00100000")
    assert (trade.trade_id, trade.order_id) == ("7", "1223181")
    assert trade.executed_at == datetime(2020, 9, 13, 12, 26, 40, 123_000, tzinfo=UTC)
    assert '"amount": 0.12345678' in trade.raw
    assert '"fees": 0.00100000' in trade.raw
    assert json.loads(trade.raw) == json.loads(TRADE)


@given(price=st.integers(0, MAX_AMOUNT), quantity=st.integers(1, MAX_AMOUNT), as_number=st.sampled_from(["{}", '"{}"']))
def test_any_amount_is_read_exactly_as_number_or_text(price: int, quantity: int, as_number: str) -> None:
    text = (
        '{"symbol": "S", "entrust_id": 1, "trade_id": 2, "timestamp": 3, "fees": 0, "price": '
        f'{as_number.format(format_dollars(price))}, "amount": {as_number.format(format_ndau(quantity))}}}'
    )
    trade = messages.parse_trade(exact_json.parse(text), "S")
    assert (trade.price_nanocents, trade.quantity_napu) == (price, quantity)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "-1"),
        ("price", "1e3"),
        ("price", "0.000000000001"),
        ("price", True),
        ("price", None),
        ("price", {}),
        ("original_amount", "0.000000001"),
        ("original_amount", "NaN"),
        ("original_amount", "99999999999999999999"),
        ("original_amount", "0"),
        ("original_amount", "\u0661"),
        ("executed_amount", "10.01"),
        ("executed_amount", ""),
        ("entrust_id", "../wallet"),
        ("entrust_id", "9" * 65),
        ("symbol", "OTHER_USDT"),
        ("side", "short"),
        ("status", 9),
        ("timestamp", "-1"),
        ("timestamp", 10**15),
        ("timestamp", 1.5),
    ],
)
def test_an_order_with_a_wrong_field_is_no_order(field: str, value: object) -> None:
    with pytest.raises(Malformed):
        messages.parse_order(wire(ORDER | {field: value}), "NDAU_USDT")


@pytest.mark.parametrize("field", sorted(ORDER.keys() - {"fees", "remaining_amount"}))
def test_an_order_without_a_field_is_no_order(field: str) -> None:
    with pytest.raises(Malformed):
        messages.parse_order(wire({name: value for name, value in ORDER.items() if name != field}), "NDAU_USDT")


@pytest.mark.parametrize("fees", ["1_0", "1e999", "Infinity", "x", "0x1", " 1"])
def test_a_fee_that_is_no_decimal_number_is_refused(fees: str) -> None:
    with pytest.raises(Malformed, match="fees"):
        messages.parse_trade(wire(json.loads(TRADE) | {"fees": fees}), "NDAU_USDT")


@pytest.mark.parametrize(("fees", "text"), [("-0.5", "-0.5"), ("1E-8", "0.00000001"), (0, "0")])
def test_a_fee_is_kept_as_plain_decimal_text(fees: object, text: str) -> None:
    assert messages.parse_trade(wire(json.loads(TRADE) | {"fees": fees}), "NDAU_USDT").fee == text


def test_a_trade_of_nothing_is_no_trade() -> None:
    with pytest.raises(Malformed, match="of nothing"):
        messages.parse_trade(wire(json.loads(TRADE) | {"amount": "0.00"}), "NDAU_USDT")


@pytest.mark.parametrize("payload", [[], "x", None, {}, {"orders": {}}, {"orders": []}, {"orders": [ORDER, 1]}])
def test_what_is_no_page_of_orders_is_refused_whole(payload: object) -> None:
    with pytest.raises(Malformed):
        messages.parse_orders(wire(payload), "NDAU_USDT")


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "\u00e9"])
def test_a_token_that_no_header_can_carry_is_refused(token: str) -> None:
    with pytest.raises(Malformed):
        messages.parse_token(wire({"access_token": token, "expires_in": 900}))


def test_a_token_comes_with_its_life() -> None:
    assert messages.parse_token(wire({"access_token": "m261", "expires_in": "900"})) == (
        "m261",
        timedelta(minutes=15),
    )


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis adds the zone
def test_a_time_survives_milliseconds(time: datetime) -> None:
    milliseconds = milliseconds_of(time)
    assert timedelta(0) <= time - time_of(milliseconds) < timedelta(milliseconds=1)


@pytest.mark.parametrize("payload", [{}, {"message": ""}, {"message": None}, ["message"], "message"])
def test_only_a_message_is_the_exchanges_word(payload: object) -> None:
    assert messages.error_words(wire(payload)) is None
    assert messages.error_words(wire({"message": "Balance not enough"})) == "Balance not enough"
