import logging
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.domain.errors import BudgetSpent
from exchanges.budget_script import CLOCK, STOP, TAKE, TOLD
from exchanges.call_budget import CallBudget, Counted, Window
from exchanges.local_budget import wait
from exchanges.shared_budget import SharedBudget, Store
from exchanges.sliding_windows import SlidingWindows, costs, identity, slice_us
from tests.functional.instance import wait_until
from tests.integration.exchanges.budgets.conftest import Valkey

MINUTE = Window(10, 60)
ROOT = Path(__file__).parents[4]


@pytest.fixture
def store(valkey: Valkey) -> Iterator[Store]:
    opened = Store(valkey.url)
    yield opened
    opened.close()


def taken(budget: CallBudget, most: int = 100, *, is_urgent: bool = False) -> int:
    """Take until it is refused; return how often it was not."""
    for count in range(most):
        try:
            budget.take(is_urgent=is_urgent)
        except BudgetSpent:
            return count
    return most


def test_processes_that_share_an_account_never_make_more_calls_than_any_window_allows(valkey: Valkey) -> None:
    command = [sys.executable, "-m", "tests.integration.exchanges.budgets.taking", valkey.url, "20", "0.5", "2.5"]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)]
    said = [worker.communicate()[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4
    calls = sorted(tuple(map(int, line.split())) for words in said for line in words.splitlines())
    # Each was counted between its two times, so 21 of them span at least half a second, wherever that was.
    for index in range(len(calls) - 20):
        earliest, latest = calls[index][0], max(end for _, end in calls[index : index + 21])
        assert latest - earliest >= 500_000_000, f"21 calls within {(latest - earliest) / 1e9} s"
    assert len(calls) > 50, "they do get through"


def test_the_account_is_one_for_all_and_another_account_is_another(store: Store) -> None:
    first, second = (SharedBudget(store, "bitmart key-1", [MINUTE]) for _ in range(2))
    other = SharedBudget(store, "bitmart key-2", [MINUTE])
    assert (taken(first), taken(second), taken(other)) == (8, 0, 8)
    assert taken(second, is_urgent=True) == 2


def test_no_key_tells_which_account_it_is(store: Store, valkey: Valkey) -> None:
    SharedBudget(store, "https://example.com a-secret-access-key", [MINUTE]).take()
    with valkey.client() as client:
        keys = list(client.scan_iter())
        assert len(keys) == 1
        assert keys[0].startswith(b"meic:budget:")
        assert b"a-secret-access-key" not in keys[0]
        assert 60 < client.ttl(keys[0]) <= 70, "what nobody uses expires"


def test_a_ban_stops_every_process_and_every_call_until_it_ends(store: Store, valkey: Valkey) -> None:
    banned, other = SharedBudget(store, "account", [MINUTE]), Store(valkey.url)
    budget = SharedBudget(other, "account")
    banned.stop_for(300)
    for each in (banned, budget):
        with pytest.raises(BudgetSpent, match="the exchange asked for fewer calls") as refused:
            each.take(is_urgent=True, route="anything")
        assert 290 < refused.value.retry_after_seconds <= 300
    other.close()


def test_a_stop_of_a_moment_is_waited_for(store: Store) -> None:
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        wait(seconds)

    budget = SharedBudget(store, "account", pause=pause)
    budget.stop_for(0.3, route="orders")
    budget.take(route="orders")
    assert 0.2 < sum(waits) <= 0.31


def test_what_the_exchange_says_others_used_counts_in_every_process(store: Store) -> None:
    first, second = (SharedBudget(store, "account", [MINUTE]) for _ in range(2))
    first.take()
    first.told_used(7)
    first.told_used(3)
    assert taken(second) == 1


def test_without_valkey_each_process_counts_on_from_what_it_has_used_and_warns_once(
    valkey: Valkey, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    budget, other = SharedBudget(store, "account", [MINUTE]), SharedBudget(store, "account 2", [MINUTE])
    for _ in range(5):
        budget.take()
    valkey.kill()
    with caplog.at_level(logging.WARNING):
        assert taken(budget) == 3
        assert taken(other) == 8
    assert [record.message for record in caplog.records] == [
        "call budgets are this process's own until Valkey answers again: ConnectionError"
    ]


def test_the_exchanges_own_stop_holds_without_valkey_too(valkey: Valkey, store: Store) -> None:
    budget = SharedBudget(store, "account", [MINUTE])
    valkey.kill()
    budget.stop_for(60)
    assert taken(budget) == 0


def test_a_valkey_that_comes_back_empty_is_told_what_was_used(valkey: Valkey) -> None:
    now = [0.0]
    store = Store(valkey.url, monotonic=lambda: now[0])
    budget = SharedBudget(store, "account", [MINUTE])
    for _ in range(4):
        budget.take()
    valkey.kill()
    budget.take()
    valkey.start()
    now[0] += 10
    budget.take()
    elsewhere = Store(valkey.url)
    assert taken(SharedBudget(elsewhere, "account", [MINUTE])) == 2
    elsewhere.close()
    store.close()


def test_a_valkey_that_hangs_holds_no_call_up_for_long_and_is_left_alone(valkey: Valkey, store: Store) -> None:
    budget = SharedBudget(store, "account", [Window(1000, 60)])
    valkey.process.send_signal(subprocess.signal.SIGSTOP)  # type: ignore[attr-defined]
    try:
        with ThreadPoolExecutor(8) as threads:
            results = [threads.submit(taken, budget, 10) for _ in range(8)]
            assert [each.result(timeout=10) for each in results] == [10] * 8
    finally:
        valkey.process.send_signal(subprocess.signal.SIGCONT)  # type: ignore[attr-defined]
    wait_until(valkey.answers, 10, "Valkey answers")


def test_the_script_decides_as_the_rule_does(valkey: Valkey) -> None:
    """Random calls, on a clock that the test holds, in Valkey and in the rule itself."""
    seed = random.randrange(10**6)  # noqa: S311  no secret
    dice = random.Random(seed)  # noqa: S311
    windows = (Window(20, 60), Window(5, 10, Counted.ORDERS), Window(60, 3600, reserved=0.5))
    rule, now_us = SlidingWindows(), 1_790_000_000_000_000
    with valkey.client() as client:
        for _ in range(600):
            now_us += dice.choice([0, 1, 300_000, 3_000_000, 40_000_000])
            is_urgent, amounts = dice.random() < 0.3, costs(windows, dice.randint(0, 8), dice.randint(0, 2))
            if dice.random() < 0.05:
                told = dice.randint(1, 15)
                rule.add(windows[0], max(0, told - rule.used(windows[0], now_us)), now_us)
                client.eval(_at(now_us, TOLD), 1, "key", _id(windows[0]), slice_us(windows[0]), told)
            expected = rule.refusal(amounts, now_us, is_urgent=is_urgent)
            arguments: list[str | int] = [""]
            for window, cost in amounts.items():
                arguments += [_id(window), slice_us(window), window.limit_for(is_urgent=is_urgent), cost]
            wait_us, _ = client.eval(_at(now_us, TAKE), 1, "key", *arguments)
            assert int(wait_us) == (round(expected.seconds * 1e6) if expected else 0), f"seed {seed}"
            if expected is None:
                for window, cost in amounts.items():
                    rule.add(window, cost, now_us)
        client.eval(_at(now_us, STOP), 1, "key", "orders", 5_000_000)
        assert client.eval(_at(now_us + 2_000_000, TAKE), 1, "key", "orders") == [b"3000000", 0]
        assert client.eval(_at(now_us + 2_000_000, TAKE), 1, "key", "trades") == [b"0", 0]


def _at(now_us: int, script: str) -> str:
    return script.replace(CLOCK, f"local now = {now_us}")


def _id(window: Window) -> str:
    return f"w/{identity(window)}:{slice_us(window)}"
