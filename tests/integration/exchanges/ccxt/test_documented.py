from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from app.domain.balances import Balance
from app.domain.fills import Side
from app.domain.markets import Market
from app.domain.money import parse_dollars, parse_ndau
from app.domain.offers import Level
from app.domain.orders import OrderState, is_our_client_order_id
from exchanges.ccxt.known import known_ids
from tests.integration.exchanges.ccxt.documented import IDS, NOW, OUR_ID, SECRET, Documented

PLACED = datetime(2023, 11, 14, 22, 13, 30, tzinfo=UTC)
LEVEL = Level(parse_dollars("16.85"), parse_ndau("100"))


def test_every_exchange_that_is_known_is_proven() -> None:
    assert known_ids() == IDS


def test_the_markets_rules_are_read(exchange: Documented) -> None:
    # OKX has no least amount of money.
    least = "0" if exchange.exchange_id == "okx" else "5"
    assert exchange.ots.market == Market(
        "NDAU/USDT",
        price_tick_nanocents=parse_dollars("0.01"),
        quantity_step_napu=parse_ndau("0.1"),
        minimum_quantity_napu=0 if exchange.exchange_id == "bitget" else parse_ndau("0.1"),
        minimum_notional_nanocents=parse_dollars(least),
    )


def test_open_orders_show_ours_and_others(exchange: Documented) -> None:
    orders = {order.side: order for order in exchange.ots.open_orders()}
    ours, theirs = orders[Side.SELL], orders[Side.BUY]
    assert len(orders) == 2
    assert (ours.client_order_id, ours.state) == (OUR_ID, OrderState.OPEN)
    assert (ours.price_nanocents, ours.quantity_napu, ours.filled_napu) == (
        LEVEL.price_nanocents,
        LEVEL.quantity_napu,
        parse_ndau("2.5"),
    )
    assert abs(ours.placed_at - PLACED) < timedelta(milliseconds=2)
    assert not is_our_client_order_id(theirs.client_order_id)
    assert (theirs.price_nanocents, theirs.quantity_napu, theirs.filled_napu) == (
        parse_dollars("10"),
        parse_ndau("5"),
        0,
    )


def test_one_order_is_what_the_list_shows_of_it(exchange: Documented) -> None:
    (ours,) = (order for order in exchange.ots.open_orders() if order.side is Side.SELL)
    assert exchange.ots.order(ours.exchange_order_id) == ours


def test_our_order_is_found_by_our_id(exchange: Documented) -> None:
    (ours,) = (order for order in exchange.ots.open_orders() if order.side is Side.SELL)
    assert exchange.ots.find_orders(OUR_ID, LEVEL, PLACED) == [ours]


def test_an_offer_is_placed_with_our_id_and_exactly_its_numbers(exchange: Documented) -> None:
    (ours,) = (order for order in exchange.ots.open_orders() if order.side is Side.SELL)
    before = len(exchange.server.calls)
    assert exchange.ots.place_offer(OUR_ID, LEVEL) == ours.exchange_order_id
    (sent,) = exchange.server.calls[before:]
    assert sent.name == exchange.call("created")
    written = sent.body.replace('"', "").replace(" ", "").lower()
    assert "16.85" in written
    assert any(text in written for text in ("100,", "100}", "100&", "100.0", "=100"))
    assert "sell" in written
    assert any(each in written for each in (OUR_ID, f"t-{OUR_ID}", "6d656963-0123-4567-89ab-cdef01234567"))
    assert SECRET not in written


def test_a_fill_tells_everything_about_an_execution(exchange: Documented) -> None:
    (ours,) = (order for order in exchange.ots.open_orders() if order.side is Side.SELL)
    pages = list(exchange.ots.read_fills(None, PLACED))
    ((fill,),) = (page.fills for page in pages)
    assert (fill.exchange_order_id, fill.side) == (ours.exchange_order_id, Side.SELL)
    assert (fill.price_nanocents, fill.quantity_napu) == (LEVEL.price_nanocents, parse_ndau("2.5"))
    assert fill.fill_id.endswith(f":{ours.exchange_order_id}")
    assert fill.fee in {"0.042125", "0.04212500", "0.04213"}
    assert abs(fill.executed_at - (PLACED + timedelta(seconds=10))) < timedelta(milliseconds=200)
    assert "16.85" in fill.raw
    assert list(exchange.ots.read_fills(pages[-1].position, PLACED)) == []


def test_a_cancel_is_asked_for(exchange: Documented) -> None:
    exchange.ots.cancel_order(exchange.order_id())
    (sent,) = exchange.server.made(exchange.call("cancelled"))
    assert exchange.order_id() in f"{urlsplit(sent.target).path}{sent.target}{sent.body}"


def test_the_balance_is_what_is_free_and_what_our_offers_hold(exchange: Documented) -> None:
    assert exchange.ots.balance() == Balance(parse_ndau("400"), parse_ndau("97.5"))


def test_a_key_that_may_trade_and_not_withdraw_is_known_as_such_where_the_exchange_tells(exchange: Documented) -> None:
    told = exchange.ots.permissions()
    if exchange.exchange_id in {"binance", "bybit", "okx", "coinbase"}:
        assert told is not None
        assert (told.can_trade, told.can_withdraw) == (True, False)
    else:
        assert told is None


def test_the_clock_is_the_exchanges(exchange: Documented) -> None:
    assert exchange.ots.server_time() == NOW


def test_nothing_that_was_never_asked_for_is_called(exchange: Documented) -> None:
    exchange.ots.open_orders()
    exchange.ots.balance()
    list(exchange.ots.read_fills(None, PLACED))
    unknown = [call.name for call in exchange.server.calls if not exchange.server._script[call.name]]
    assert unknown == []
