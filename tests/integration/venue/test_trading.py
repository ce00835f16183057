"""Two traders on a real venue."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from venue.client import CallFailed, TraderClient
from venue.client_records import Depth, DepthLevel, Holding

Traders = tuple[TraderClient, TraderClient]


@pytest.fixture
def traders(venue: Any, trader: Callable[..., TraderClient]) -> Traders:
    return trader("issuer", venue.endpoints["north"]), trader("buyer", venue.endpoints["north"])


def test_an_order_rests_trades_and_shows_in_both_accounts(traders: Traders) -> None:
    issuer, buyer = traders
    sell = issuer.place("sell", Decimal("16.81"), Decimal(100))
    assert issuer.depth() == Depth((), (DepthLevel(Decimal("16.81"), Decimal(100)),))
    buy = buyer.place("buy", Decimal(17), Decimal("30.25"))

    (sold,), (bought,) = issuer.trades(), buyer.trades()
    assert (sold.order_id, sold.price, sold.amount) == (sell, Decimal("16.81"), Decimal("30.25"))
    assert (bought.order_id, bought.price, bought.amount) == (buy, Decimal("16.81"), Decimal("30.25"))
    assert sold.trade_id != bought.trade_id
    assert (issuer.order(sell).status, issuer.order(sell).remaining) == (2, Decimal("69.75"))
    assert buyer.order(buy).status == 3
    assert issuer.balances()["NDAU"] == Holding(Decimal(999900), Decimal("69.75"))
    assert buyer.balances()["USDT"] == Holding(Decimal("1000000.50") - Decimal("508.5025"), Decimal(0))


def test_orders_are_listed_by_status_newest_first_in_pages(traders: Traders) -> None:
    issuer, buyer = traders
    ids = [issuer.place("sell", Decimal(20 + n), Decimal(1)) for n in range(5)]
    buyer.place("buy", Decimal(20), Decimal(1))
    buyer.place("buy", Decimal(21), Decimal("0.5"))
    issuer.cancel(ids[4])
    assert [[order.order_id for order in issuer.orders(status)] for status in (1, 2, 3, 4, 5)] == [
        [ids[3], ids[2]],
        [ids[1]],
        [ids[0]],
        [ids[4]],
        [ids[3], ids[2], ids[1]],
    ]
    assert [order.order_id for order in issuer.orders(5, page=1, limit=2)] == [ids[1]]
    assert [trade.amount for trade in issuer.trades(page=0, limit=1)] == [Decimal("0.5")]
    assert [trade.amount for trade in issuer.trades(page=1, limit=1)] == [Decimal(1)]


def test_cancelling_gives_back_what_was_frozen(traders: Traders) -> None:
    _, buyer = traders
    order_id = buyer.place("buy", Decimal(2), Decimal(50))
    assert buyer.balances()["USDT"].frozen == 100
    buyer.cancel(order_id)
    assert buyer.balances()["USDT"] == Holding(Decimal("1000000.50"), Decimal(0))
    with pytest.raises(CallFailed, match=f"400: order {order_id} is not open: it is cancelled"):
        buyer.cancel(order_id)


def test_another_accounts_order_does_not_exist(traders: Traders) -> None:
    issuer, buyer = traders
    order_id = issuer.place("sell", Decimal(20), Decimal(1))
    for call in (buyer.order, buyer.cancel):
        with pytest.raises(CallFailed, match=f"404: order {order_id} does not exist"):
            call(order_id)
    assert issuer.order(order_id).status == 1


@pytest.mark.parametrize(
    ("side", "price", "amount", "words"),
    [
        ("lend", "1", "1", "side must be buy or sell, not 'lend'"),
        ("buy", "1.001", "1", "price must be a positive multiple of 0.01, not 1.001"),
        ("buy", "1", "0", "amount must be a positive multiple of 0.01, not 0"),
        ("buy", "10000", "101", "insufficient USDT: the order needs 1010000, available are 1000000.5"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_in_a_clear_sentence(
    traders: Traders, side: str, price: str, amount: str, words: str
) -> None:
    with pytest.raises(CallFailed) as caught:
        traders[1].place(side, Decimal(price), Decimal(amount))
    assert (caught.value.status, caught.value.message) == (400, words)
    assert not traders[1].open_orders()
