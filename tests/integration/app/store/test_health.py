from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock


def test_an_exchange_is_down_from_the_failure_on_that_is_one_too_many(ledger: SqlLedger, clock: StoppedClock) -> None:
    first, second = (ledger.health.failed("north", f"why {number}", 2) for number in (1, 2))
    assert (first.failures, first.down_since, first.next_probe_at) == (1, None, None)
    assert (second.failures, second.why, second.down_since) == (2, "why 2", clock.now())
    assert second.next_probe_at == clock.now() + timedelta(seconds=5)
    third = ledger.health.failed("north", "why 3", 2)
    assert (third.failures, third.why, third.down_since) == (3, "why 3", clock.now())
    assert list(ledger.health.ailing()) == [third]
    assert [event.kind for event in ledger.events.recent(9)] == ["ExchangeDown"]


def test_of_all_who_want_to_probe_one_may(ledger: SqlLedger, clock: StoppedClock) -> None:
    down = ledger.health.failed("north", "why", 1)
    clock.wait(5)
    with ThreadPoolExecutor(8) as threads:
        claimed = list(threads.map(lambda _: ledger.health.claim_probe(down), range(8)))
    assert claimed.count(True) == 1
    (now,) = ledger.health.ailing()
    assert (now.probes, now.next_probe_at) == (1, clock.now() + timedelta(seconds=10))
    assert ledger.health.claim_probe(now)


def test_an_exchange_that_answers_has_no_row_and_was_down_once(ledger: SqlLedger) -> None:
    ledger.health.failed("north", "why", 2)
    assert not ledger.health.answered("north")
    ledger.health.failed("north", "why", 1)
    assert [ledger.health.answered("north"), ledger.health.answered("north")] == [True, False]
    assert list(ledger.health.ailing()) == []
    assert [event.kind for event in ledger.events.recent(9)] == ["ExchangeBack", "ExchangeDown"]


def test_many_failures_at_once_are_all_counted_and_open_it_once(ledger: SqlLedger) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: ledger.health.failed("north", f"why {number}", 5), range(12)))
    assert [each.failures for each in ledger.health.ailing()] == [12]
    assert [event.kind for event in ledger.events.recent(99)] == ["ExchangeDown"]
