from collections.abc import Iterator

import pytest

from app.domain.errors import Unavailable
from exchanges.call_budget import Counted, Window
from exchanges.shared_budget import SharedBudget, Store
from exchanges.usage import Usage, entry_key, read_usages
from tests.integration.exchanges.budgets.conftest import Valkey

MINUTE, ORDERS = Window(10, 60), Window(5, 10, Counted.ORDERS)


@pytest.fixture
def store(valkey: Valkey) -> Iterator[Store]:
    opened = Store(valkey.url)
    yield opened
    opened.close()


def test_what_is_used_of_each_limit_is_seen_under_the_exchanges_name_without_counting(
    store: Store, valkey: Valkey
) -> None:
    budget = SharedBudget(store, "https://example.com a-secret-access-key", [MINUTE, ORDERS], shown_as="north")
    budget.take(3)
    budget.take(2, orders=1)
    for _ in range(2):
        seen = read_usages(valkey.url, ["north", "south"], answer_seconds=1)
        assert set(seen) == {"north"}, "nobody called the other"
        assert seen["north"].usages == (Usage(MINUTE, 5), Usage(ORDERS, 1))
        assert seen["north"].stopped_seconds == 0
    with valkey.client() as client:
        entry = client.get(entry_key("north"))
        assert isinstance(entry, bytes)
        assert b"a-secret-access-key" not in entry
        assert 500 < client.ttl(entry_key("north")) <= 600


def test_a_stop_that_the_exchange_asked_for_is_seen(store: Store, valkey: Valkey) -> None:
    budget = SharedBudget(store, "account", [MINUTE], shown_as="north")
    budget.take()
    budget.stop_for(300, route="orders")
    assert 290 < read_usages(valkey.url, ["north"], answer_seconds=1)["north"].stopped_seconds <= 300


def test_new_limits_are_seen_with_the_next_call(store: Store, valkey: Valkey) -> None:
    budget = SharedBudget(store, "account", shown_as="north")
    budget.take()
    assert read_usages(valkey.url, ["north"], answer_seconds=1)["north"].usages == ()
    budget.follow([MINUTE])
    budget.take(4)
    assert read_usages(valkey.url, ["north"], answer_seconds=1)["north"].usages == (Usage(MINUTE, 4),)


@pytest.mark.parametrize("text", ["", "[]", '{"key": 1}', '{"key": "k", "windows": [[0, 1, "weight", 0]]}', "{"])
def test_what_another_release_wrote_is_as_good_as_nothing(valkey: Valkey, text: str) -> None:
    with valkey.client() as client:
        client.set(entry_key("north"), text)
    assert read_usages(valkey.url, ["north"], answer_seconds=1) == {}


def test_no_answer_is_told_without_the_address(unused_tcp_port_url: str) -> None:
    with pytest.raises(Unavailable, match="cannot be read") as away:
        read_usages(unused_tcp_port_url, ["north"], answer_seconds=0.2)
    assert "hidden" not in str(away.value)


@pytest.fixture
def unused_tcp_port_url() -> str:
    return "redis://:hidden@127.0.0.1:1/0"


def test_nobody_is_asked_about_no_exchange(unused_tcp_port_url: str) -> None:
    assert read_usages(unused_tcp_port_url, [], answer_seconds=0.2) == {}
