from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from app.domain.errors import (
    AuthenticationFailed,
    BudgetSpent,
    ExchangeRejected,
    ExchangeUnavailable,
    MeicError,
    OrderUnknown,
    OutcomeUnknown,
    RateLimited,
    SignerRefused,
)
from app.domain.fills import FillPage
from app.domain.offers import Level
from app.telemetry import metrics
from app.telemetry.calls import chain_watch, exchange_watch, outcome_of, signer_watch
from app.telemetry.measured_ots import MeasuredOts
from tests.unit.app.telemetry.figures import Growth

if TYPE_CHECKING:
    from app.ports.exchanges import OrderTrackingSystem

COUNT = "meic_exchange_call_seconds_count"


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ExchangeUnavailable("x"), "unavailable"),
        (RateLimited("x", retry_after_seconds=1), "rate_limited"),
        (BudgetSpent("x", retry_after_seconds=1), "not_sent"),
        (ExchangeRejected("x"), "rejected"),
        (OrderUnknown("x"), "rejected"),
        (SignerRefused("x", code="halted"), "rejected"),
        (AuthenticationFailed("x"), "not_accepted"),
        (OutcomeUnknown("x"), "unknown"),
        (MeicError("x"), "error"),
        (ValueError("x"), "error"),
        (KeyboardInterrupt(), "error"),
    ],
)
def test_each_error_has_a_word_of_its_own_among_few(error: BaseException, word: str) -> None:
    assert outcome_of(error) == word


def test_a_call_is_counted_by_how_it_ended_and_its_error_passes(grown: Growth) -> None:
    watch = exchange_watch("north")
    with watch("open_orders"):
        pass
    with pytest.raises(OutcomeUnknown), watch("place_offer"):
        raise OutcomeUnknown("x")
    assert grown.of(COUNT, exchange="north", operation="open_orders", outcome="ok") == 1
    assert grown.of(COUNT, exchange="north", operation="place_offer", outcome="unknown") == 1


def test_chain_and_signer_have_figures_of_their_own(grown: Growth) -> None:
    with chain_watch()("submit"), signer_watch()("sign"):
        pass
    assert grown.of("meic_chain_call_seconds_count", operation="submit", outcome="ok") == 1
    assert grown.of("meic_signer_call_seconds_count", operation="sign", outcome="ok") == 1


def test_figures_that_are_broken_keep_nobody_from_working(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics.EXCHANGE_CALLS, "labels", lambda **_: 1 / 0)
    with exchange_watch("north")("open_orders"):
        worked = True
    assert worked


class TwoPages:
    name = "north"

    def read_fills(self, position: str | None, since: datetime) -> Iterator[FillPage]:
        del position, since
        yield FillPage((), "1")
        yield FillPage((), "2")
        raise ExchangeUnavailable("gone")


def test_each_page_of_fills_counts_and_so_does_the_one_that_did_not_come(grown: Growth) -> None:
    measured = MeasuredOts(cast("OrderTrackingSystem", TwoPages()))
    pages = measured.read_fills(None, datetime(2026, 1, 1, tzinfo=UTC))
    assert [next(pages).position, next(pages).position] == ["1", "2"]
    with pytest.raises(ExchangeUnavailable):
        next(pages)
    assert grown.of(COUNT, exchange="north", operation="read_fills", outcome="ok") == 2
    assert grown.of(COUNT, exchange="north", operation="read_fills", outcome="unavailable") == 1


class Told:
    """An exchange that answers every call with what it was asked."""

    name = "north"
    market = "its market"

    def __getattr__(self, operation: str) -> Callable[..., object]:
        return lambda *given: (operation, given)


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("open_orders", ()),
        ("order", ("7",)),
        ("place_offer", ("ours", Level(1, 1))),
        ("find_orders", ("ours", Level(1, 1), datetime(2026, 1, 1, tzinfo=UTC))),
        ("server_time", ()),
        ("balance", ()),
        ("permissions", ()),
    ],
)
def test_every_call_is_passed_on_as_it_is_and_so_is_its_answer(
    operation: str, given: tuple[object, ...], grown: Growth
) -> None:
    measured = MeasuredOts(cast("OrderTrackingSystem", Told()))
    assert getattr(measured, operation)(*given) == (operation, given)
    assert grown.of(COUNT, exchange="north", operation=operation, outcome="ok") == 1


def test_a_cancel_is_passed_on_and_counted(grown: Growth) -> None:
    asked: list[str] = []
    ots = SimpleNamespace(name="north", cancel_order=asked.append)
    MeasuredOts(cast("OrderTrackingSystem", ots)).cancel_order("7")
    assert asked == ["7"]
    assert grown.of(COUNT, exchange="north", operation="cancel_order", outcome="ok") == 1


def test_the_names_of_exchange_and_market_are_the_exchanges_own() -> None:
    measured = MeasuredOts(cast("OrderTrackingSystem", Told()))
    assert (measured.name, str(measured.market)) == ("north", "its market")
