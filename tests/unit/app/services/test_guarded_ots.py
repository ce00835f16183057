import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.errors import (
    AuthenticationFailed,
    BudgetSpent,
    ExchangeRejected,
    ExchangeUnavailable,
    MeicError,
    OutcomeUnknown,
    RateLimited,
)
from app.domain.fills import Side
from app.domain.offers import Level
from app.services.breakers import Breakers
from app.services.guarded_ots import GuardedOts
from app.store.ledger import SqlLedger
from tests.fakes.ots import FakeOts
from tests.integration.app.store.conftest import StoppedClock
from tests.unit.app.services.ledgers import Ledgers

AWAY = ExchangeUnavailable("no answer")
LEVEL = Level(10**11, 10**8)


class Fake(FakeOts):
    """Counts what reaches it."""

    asked = 0

    def _fault(self, method: str, *, after_effect: bool) -> None:
        self.asked += not after_effect
        super()._fault(method, after_effect=after_effect)


class Process:
    """One process's view of an exchange."""

    def __init__(self, ledger: SqlLedger, clock: StoppedClock, exchange: Fake, most_failures: int) -> None:
        self.back: list[str] = []
        self.clock = clock
        self.breakers = Breakers(
            lambda: ledger, clock, most_failures, self.back.append, monotonic=lambda: clock.now().timestamp()
        )
        self.ots = GuardedOts(exchange, self.breakers, clock)

    def fails(self) -> str:
        """Read, and return what went wrong."""
        with pytest.raises(ExchangeUnavailable) as error:
            self.ots.open_orders()
        return str(error.value)


class World:
    """Two processes, one ledger, one exchange."""

    def __init__(self, ledger: SqlLedger, clock: StoppedClock) -> None:
        self.ledger = ledger
        self.clock = clock
        self.exchange = Fake("north", now=clock.now)
        self.one, self.two = (Process(ledger, clock, self.exchange, 3) for _ in range(2))

    def break_down(self, calls: int = 3) -> None:
        """Have the exchange fail so many readings."""
        for _ in range(calls):
            self.exchange.fail_next("open_orders", AWAY)
            self.one.fails()

    @property
    def events(self) -> list[tuple[str, str]]:
        """The events of the exchange."""
        return [(event.kind, event.subject) for event in reversed(self.ledger.events.recent(10))]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledgers]:
    made = Ledgers(Path(tmp_path_factory.mktemp("guarded")) / "ledger.sqlite3")
    yield made
    made.close()


@pytest.fixture
def world(ledgers: Ledgers) -> Iterator[World]:
    clock = StoppedClock()
    with ledgers.fresh(clock) as ledger:
        yield World(ledger, clock)


def test_an_exchange_that_answers_leaves_no_trace_in_the_ledger(world: World) -> None:
    ots = world.one.ots
    order_id = ots.place_offer("meic1", LEVEL)
    world.exchange.buy(10**7, 10**12)
    assert len(list(ots.read_fills(None, world.clock.now()))) == 1
    assert [ots.order(order_id).side, len(ots.open_orders())] == [Side.SELL, 1]
    assert len(ots.find_orders("meic1", LEVEL, world.clock.now())) == 1
    ots.cancel_order(order_id)
    assert ots.server_time() == world.clock.now()
    assert (ots.name, ots.market) == ("north", world.exchange.market)
    assert (world.ledger.health.ailing(), world.events) == ([], [])


def test_after_so_many_failures_in_a_row_nobody_asks_any_more_in_any_process(world: World) -> None:
    world.break_down()
    asked = world.exchange.asked
    words = (
        "north is not asked since 00:00:00 UTC: it failed 3 times in a row (no answer); "
        "the next probe is at 00:00:05 UTC"
    )
    for process in (world.one, world.two):
        assert process.fails() == words
        with pytest.raises(ExchangeUnavailable, match="is not asked"):
            list(process.ots.read_fills(None, world.clock.now()))
        with pytest.raises(ExchangeUnavailable, match="is not asked"):
            process.ots.place_offer("meic1", LEVEL)
    assert world.exchange.asked == asked
    assert world.events == [("ExchangeDown", "north")]


def test_failures_that_an_answer_came_between_do_not_add_up(world: World) -> None:
    for _ in range(4):
        world.break_down(2)
        world.one.ots.open_orders()
    assert world.ledger.health.ailing() == []
    assert world.events == []


def test_failures_of_all_processes_add_up(world: World) -> None:
    for process in (world.one, world.two, world.one):
        world.exchange.fail_next("open_orders", AWAY)
        process.fails()
    world.clock.wait(1)
    assert "is not asked" in world.two.fails()


def test_another_process_knows_within_a_second(world: World) -> None:
    world.two.ots.open_orders()
    world.break_down()
    world.clock.wait(1)
    assert "is not asked" in world.two.fails()


def test_one_probe_at_a_time_is_made_and_the_pauses_grow_to_a_minute(world: World) -> None:
    world.break_down()
    pauses = []
    for _ in range(6):
        since = world.clock.now()
        asked = world.exchange.asked
        world.exchange.fail_next("open_orders", AWAY)
        while world.exchange.asked == asked:
            world.clock.wait(1)
            for process in (world.one, world.two):
                process.fails()
        assert world.exchange.asked == asked + 1
        pauses.append((world.clock.now() - since) / timedelta(seconds=1))
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_a_probe_that_is_answered_ends_it_and_whoever_follows_up_is_told_once(world: World) -> None:
    world.break_down()
    world.clock.wait(6)
    assert world.two.ots.open_orders() == ()
    assert (world.one.back, world.two.back) == ([], ["north"])
    world.clock.wait(1)
    world.one.ots.place_offer("meic1", LEVEL)
    assert world.ledger.health.ailing() == []
    assert world.events == [("ExchangeDown", "north"), ("ExchangeBack", "north")]
    assert '"down_seconds": 6.0' in world.ledger.events.recent(1)[0].detail
    assert '"who": "breaker"' in world.ledger.events.recent(1)[0].detail


def test_a_prober_that_dies_holds_nobody_up_for_longer_than_a_pause(world: World) -> None:
    world.break_down()
    world.clock.wait(5)
    world.one.breakers.admit("north", may_probe=True)  # and is never heard of again
    assert "next probe is at 00:00:15" in world.two.fails()
    world.clock.wait(10)
    assert world.two.ots.open_orders() == ()


def test_work_for_an_exchange_that_is_down_is_worth_beginning_only_when_a_probe_is_due(world: World) -> None:
    assert not world.one.breakers.is_left_alone("north")
    world.break_down()
    assert [each.breakers.is_left_alone("north") for each in (world.one, world.two)] == [True, True]
    world.clock.wait(5)
    assert not world.two.breakers.is_left_alone("north")


def test_placing_is_no_probe(world: World) -> None:
    world.break_down()
    world.clock.wait(100)
    with pytest.raises(ExchangeUnavailable, match="is not asked"):
        world.one.ots.place_offer("meic1", LEVEL)
    assert world.exchange.placed == []


def test_a_cancel_and_the_clock_always_reach_the_exchange_and_a_cancel_that_is_answered_ends_it(world: World) -> None:
    order_id = world.one.ots.place_offer("meic1", LEVEL)
    world.break_down()
    assert world.one.ots.server_time() == world.clock.now()
    assert "is not asked" in world.one.fails()
    world.one.ots.cancel_order(order_id)
    assert world.one.back == ["north"]
    assert world.one.ots.open_orders() == ()


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (AWAY, True),
        (OutcomeUnknown("no answer; it may have been done"), True),
        (ExchangeRejected("too small"), False),
        (AuthenticationFailed("no such key"), False),
        (BudgetSpent("later", retry_after_seconds=60), False),
        (RateLimited("too many", retry_after_seconds=60), False),
    ],
)
def test_no_answer_counts_and_an_answer_or_a_call_not_made_does_not(
    world: World, error: MeicError, *, counts: bool
) -> None:
    world.exchange.fail_next("cancel_order", error)
    with pytest.raises(type(error)):
        world.one.ots.cancel_order("1")
    assert bool(world.ledger.health.ailing()) is counts


def test_a_refusal_is_an_answer_and_a_wrong_key_tells_nothing(world: World) -> None:
    world.break_down(2)
    world.exchange.fail_next("order", AuthenticationFailed("no such key"))
    with pytest.raises(AuthenticationFailed):
        world.one.ots.order("1")
    assert len(world.ledger.health.ailing()) == 1
    with pytest.raises(ExchangeRejected):
        world.one.ots.order("1")
    assert world.ledger.health.ailing() == []


def test_an_exchange_that_wants_fewer_calls_counts_only_when_it_still_does_after_the_wait_it_asked_for(
    world: World,
) -> None:
    def limited() -> None:
        world.exchange.fail_next("open_orders", RateLimited("too many", retry_after_seconds=10))
        with pytest.raises(RateLimited):
            world.one.ots.open_orders()

    for _ in range(5):
        limited()
    assert world.ledger.health.ailing() == []
    world.clock.wait(10)
    limited()
    limited()
    assert [each.failures for each in world.ledger.health.ailing()] == [1]
    world.one.ots.open_orders()
    world.clock.wait(10)
    limited()
    assert world.ledger.health.ailing() == []


def test_a_clock_that_was_set_back_does_not_put_the_next_probe_off_for_long(world: World) -> None:
    world.break_down()
    world.clock.wait(-3600)
    assert world.one.ots.open_orders() == ()


def test_a_ledger_that_cannot_be_written_hides_neither_an_order_nor_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    world.break_down(1)
    for method in ("failed", "answered"):
        monkeypatch.setattr(type(world.ledger.health), method, full)
    with caplog.at_level(logging.CRITICAL):
        order_id = world.one.ots.place_offer("meic1", LEVEL)
        world.exchange.fail_next("place_offer", OutcomeUnknown("?"))
        with pytest.raises(OutcomeUnknown):
            world.one.ots.place_offer("meic2", LEVEL)
    assert world.exchange.client_order_id(order_id) == "meic1"


def test_a_page_that_fails_ends_the_reading_and_counts(world: World) -> None:
    world.exchange.fail_next("read_fills", AWAY)
    with pytest.raises(ExchangeUnavailable):
        list(world.one.ots.read_fills(None, world.clock.now()))
    assert [each.why for each in world.ledger.health.ailing()] == ["no answer"]
