"""The laws of the deterministic heart, and its rules one by one."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venue.clearing.ledger import FEES, GENESIS
from venue.clearing.settlement import cost_of
from venue.commands import CancelOrder, Command, Deposit, ListMarket, PlaceOrder, SetFees, decoded, encoded
from venue.digest import digest
from venue.errors import (
    DuplicateOrder,
    InsufficientFunds,
    InvalidRequest,
    NotFound,
    OrderNotOpen,
    Refused,
    WouldTrade,
)
from venue.exchange import Exchange
from venue.matching.orders import OrderType, Side, Status, TimeInForce

BUY, SELL = Side
GTC = TimeInForce.GTC
ACCOUNTS = ("ann", "bob", "eve")
SETUP: list[Command] = [
    ListMarket(1, "NDAU", "USDT", "0.01", "0.01", "0.02", "0.0004"),
    ListMarket(1, "NDAU", "BTC", "0.1", "0.5", "0.5"),
    *(
        Deposit(2, f"{account}/{asset}", account, asset, amount * 10**9)
        for account in ACCOUNTS
        for asset, amount in [("NDAU", 400_000), ("USDT", 2_000), ("BTC", 3_000_000)]
    ),
]

placements = st.builds(
    PlaceOrder,
    at_ms=st.just(3),
    account=st.sampled_from(ACCOUNTS),
    symbol=st.sampled_from(["NDAU_USDT", "NDAU_USDT", "NDAU_BTC", "NDAU_ETH"]),
    side=st.sampled_from(Side),
    price=st.integers(0, 6),
    quantity=st.integers(1, 3000),
    time_in_force=st.sampled_from(TimeInForce),
    client_order_id=st.sampled_from(["", "", "a", "b"]),
    order_type=st.sampled_from(OrderType),
)
cancels = st.builds(CancelOrder, st.just(3), st.sampled_from(ACCOUNTS), st.integers(1, 25))
fees = st.builds(SetFees, st.just(3), st.integers(0, 300_000), st.integers(0, 300_000))
flows = st.lists(st.one_of(placements, placements, cancels, fees), max_size=40)


def an_exchange() -> Exchange:
    exchange = Exchange()
    for command in SETUP:
        exchange.apply(command)
    return exchange


def check_books_balance(exchange: Exchange) -> None:
    totals: Counter[str] = Counter()
    frozen: Counter[tuple[str, str]] = Counter()
    for account, asset, balance in exchange.ledger.balances():
        totals[asset] += balance.available + balance.frozen
        frozen[account, asset] += balance.frozen
        assert account == GENESIS or balance.available >= 0
        assert balance.frozen >= 0
    assert not any(totals.values())
    for listing in exchange.listings.values():
        for order in listing.book.in_priority():
            asset, amount = cost_of(listing.market, order.side, order.price, order.remaining)
            frozen[order.account, asset] -= amount
    assert not any(frozen.values())


def check_history(exchange: Exchange) -> None:
    for listing in exchange.listings.values():
        resting = set(listing.book.resting)
        assert resting == {order_id for history in listing.histories.values() for order_id in history.open_orders}
        for history in listing.histories.values():
            closed = history.filled + history.cancelled
            assert all(order.status is Status.FILLED for order in history.filled)
            assert all(order.status is Status.CANCELLED for order in history.cancelled)
            executed: Counter[int] = Counter()
            for trade in history.trades:
                executed[trade.order.order_id] += trade.quantity
            costs: Counter[int] = Counter()
            for trade in history.trades:
                costs[trade.order.order_id] += trade.price * trade.quantity
            for order in [*closed, *history.open_orders.values()]:
                assert (order.executed, order.cost) == (executed[order.order_id], costs[order.order_id])
            assert history.orders == sorted([*closed, *history.open_orders.values()], key=lambda each: each.order_id)
            ids = [trade.trade_id for trade in history.trades]
            assert len(set(ids)) == len(ids)


@given(flows)
@settings(max_examples=150, deadline=None)
def test_after_every_command_the_books_balance_and_a_refused_one_changed_nothing(flow: list[Command]) -> None:
    exchange = an_exchange()
    for command in flow:
        before = digest(exchange)
        try:
            exchange.apply(command)
        except Refused:
            assert digest(exchange) == before
        check_books_balance(exchange)
        check_history(exchange)


@given(flows)
@settings(max_examples=50, deadline=None)
def test_the_accepted_commands_replayed_give_the_same_state(flow: list[Command]) -> None:
    exchange, accepted = an_exchange(), [encoded(command) for command in SETUP]
    for command in flow:
        try:
            exchange.apply(command)
        except Refused:
            continue
        accepted.append(encoded(command))
    replayed = Exchange()
    for record in accepted:
        replayed.apply(decoded(record))
    assert digest(replayed) == digest(exchange)


def place(exchange: Exchange, account: str, side: Side, price: int, quantity: int) -> int:
    return exchange.apply(PlaceOrder(5, account, "NDAU_USDT", side, price, quantity, GTC)).order_id


def test_a_buyer_pays_the_resting_price_and_gets_the_rest_of_its_limit_back() -> None:
    exchange = an_exchange()
    place(exchange, "ann", SELL, 3, 100)
    place(exchange, "bob", BUY, 5, 100)
    assert exchange.balance("bob", "USDT").available == (2_000 - 30) * 10**9
    assert exchange.balance("bob", "USDT").frozen == 0
    assert exchange.balance("bob", "NDAU").available == 401_000 * 10**9


def test_fees_come_out_of_what_each_side_receives() -> None:
    exchange = an_exchange()
    exchange.apply(SetFees(5, 1_000, 2_000))
    sell = place(exchange, "ann", SELL, 3, 100)
    buy = place(exchange, "bob", BUY, 3, 100)
    assert exchange.balance(FEES, "USDT").available == exchange.order("ann", sell).fee_units == 30 * 10**6
    assert exchange.balance(FEES, "NDAU").available == exchange.order("bob", buy).fee_units == 2 * 10**9


def test_an_account_that_trades_with_itself_has_two_trades_with_two_ids() -> None:
    exchange = an_exchange()
    place(exchange, "ann", SELL, 3, 100)
    place(exchange, "ann", BUY, 3, 100)
    trades = exchange.listing("NDAU_USDT").history("ann").trades
    assert [(trade.trade_id, trade.order.order_id, trade.is_taker) for trade in trades] == [(1, 1, False), (2, 2, True)]
    check_books_balance(exchange)


def test_an_order_of_another_account_is_as_unknown_as_one_that_never_was() -> None:
    exchange = an_exchange()
    order_id = place(exchange, "ann", SELL, 3, 100)
    for unknown in (order_id, order_id + 1):
        with pytest.raises(NotFound, match=f"order {unknown} does not exist"):
            exchange.apply(CancelOrder(5, "bob", unknown))


def test_a_closed_order_cannot_be_cancelled() -> None:
    exchange = an_exchange()
    order_id = place(exchange, "ann", SELL, 3, 100)
    exchange.apply(CancelOrder(5, "ann", order_id))
    with pytest.raises(OrderNotOpen, match=f"order {order_id} is not open: it is cancelled"):
        exchange.apply(CancelOrder(5, "ann", order_id))


@pytest.mark.parametrize(
    ("command", "error", "words"),
    [
        (PlaceOrder(5, "ann", "NDAU_ETH", BUY, 1, 2, GTC), NotFound, "'NDAU_ETH' is not traded here"),
        (PlaceOrder(5, "ann", "NDAU_USDT", BUY, 1, 1, GTC), InvalidRequest, r"amount at least 0\.02 NDAU"),
        (PlaceOrder(5, "ann", "NDAU_USDT", BUY, 0, 2, GTC), InvalidRequest, "price must be above 0"),
        (PlaceOrder(5, "ann", "NDAU_USDT", BUY, 200_000, 2, GTC), InsufficientFunds, "insufficient USDT"),
        (PlaceOrder(5, "zoe", "NDAU_USDT", SELL, 2, 2, GTC), InsufficientFunds, "insufficient NDAU"),
        (Deposit(5, "k", "ann", "USDT", 0), InvalidRequest, "a deposit must be above 0"),
        (ListMarket(5, "NDAU", "USDT", "1", "1", "1"), InvalidRequest, "is listed already"),
    ],
)
def test_a_command_that_breaks_a_rule_is_refused_with_the_rule(
    command: Command, error: type[Refused], words: str
) -> None:
    with pytest.raises(error, match=words):
        an_exchange().apply(command)


def test_looking_at_an_account_that_never_traded_changes_nothing() -> None:
    exchange = an_exchange()
    before = digest(exchange)
    assert not exchange.listing("NDAU_USDT").history("zoe").trades
    assert exchange.balance("zoe", "USDT").available == 0
    assert digest(exchange) == before


def named(exchange: Exchange, name: str, *, symbol: str = "NDAU_USDT", account: str = "ann") -> int:
    command = PlaceOrder(5, account, symbol, SELL, 100, 100, GTC, name)
    return exchange.apply(command).order_id


def test_a_client_order_id_is_taken_while_its_order_is_open_in_whichever_market() -> None:
    exchange = an_exchange()
    first = named(exchange, "mine")
    for symbol in ("NDAU_USDT", "NDAU_BTC"):
        with pytest.raises(DuplicateOrder, match="order 'mine' is open already"):
            named(exchange, "mine", symbol=symbol)
    named(exchange, "mine", account="bob")
    exchange.apply(CancelOrder(6, "ann", first))
    second = named(exchange, "mine")
    assert exchange.named_order("ann", "NDAU_USDT", "mine").order_id == second
    assert exchange.order("ann", first).client_order_id == "mine"


def test_an_order_is_found_by_its_client_order_id_after_it_closed_and_by_its_account_only() -> None:
    exchange = an_exchange()
    order_id = named(exchange, "mine")
    exchange.apply(CancelOrder(6, "ann", order_id))
    assert exchange.named_order("ann", "NDAU_USDT", "mine").order_id == order_id
    for account, symbol, name in [("bob", "NDAU_USDT", "mine"), ("ann", "NDAU_BTC", "mine"), ("ann", "NDAU_USDT", "")]:
        with pytest.raises(NotFound):
            exchange.named_order(account, symbol, name)


def test_an_order_that_must_rest_is_refused_where_it_would_trade() -> None:
    exchange = an_exchange()
    place(exchange, "ann", SELL, 3, 100)
    maker = PlaceOrder(5, "bob", "NDAU_USDT", BUY, 3, 100, GTC, "", OrderType.LIMIT_MAKER)
    before = digest(exchange)
    with pytest.raises(WouldTrade):
        exchange.apply(maker)
    assert digest(exchange) == before
    assert exchange.apply(maker._replace(price=2)).status is Status.PENDING


def test_an_order_must_cost_the_least_notional_unless_it_is_a_market_order() -> None:
    exchange = an_exchange()
    small = PlaceOrder(5, "ann", "NDAU_USDT", SELL, 1, 3, TimeInForce.IOC)
    with pytest.raises(InvalidRequest, match=r"price times amount must be at least 0\.0004 USDT"):
        exchange.apply(small)
    assert exchange.apply(small._replace(quantity=4)).status is Status.CANCELLED
    assert exchange.apply(small._replace(order_type=OrderType.MARKET)).status is Status.CANCELLED


def test_an_order_says_when_something_last_happened_to_it() -> None:
    exchange = an_exchange()
    order = exchange.apply(PlaceOrder(5, "ann", "NDAU_USDT", SELL, 3, 100, GTC))
    assert order.updated_at_ms == 5
    exchange.apply(PlaceOrder(6, "bob", "NDAU_USDT", BUY, 3, 40, GTC))
    assert (order.updated_at_ms, order.cost) == (6, 120)
    exchange.apply(CancelOrder(9, "ann", order.order_id))
    assert order.updated_at_ms == 9
