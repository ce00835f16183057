from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from app.domain.errors import ExchangeUnavailable
from app.domain.fills import FillPage, Side
from app.domain.ledger import Recorded
from app.domain.offers import Level
from app.services.record_fills import CLOCK_SKEW, record_fills
from tests.unit.app.services.ledgers import NDAU
from tests.unit.app.services.publishing import NAME, Publishing
from tests.unit.app.services.steps import Killed, Moment, Steps

NOTHING = Recorded(0, 0, 0)


def record(publishing: Publishing, steps: Steps | None = None) -> Recorded:
    steps = steps or Steps()
    return record_fills(steps.ledger(publishing.ledger), steps.ots(publishing.ots))


def sold_ndau(publishing: Publishing) -> int:
    return publishing.ledger.fills.totals().sold_napu // NDAU


def test_before_our_first_offer_nothing_is_read(publishing: Publishing) -> None:
    publishing.ots.fail_next("read_fills", ExchangeUnavailable("away"))
    assert record(publishing) == NOTHING


def test_what_sold_before_our_first_offer_is_never_read(publishing: Publishing) -> None:
    publishing.ots.place_manually(Side.SELL, Level(10**11, 5 * NDAU))
    publishing.buy(5 * NDAU)
    publishing.clock.wait(CLOCK_SKEW.total_seconds() + 1)
    publishing.publish()
    publishing.buy(7 * NDAU)
    assert record(publishing) == Recorded(new=1, sales=1, unclaimed=0)


def test_the_first_reading_allows_for_an_exchange_whose_clock_is_behind(
    publishing: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str | None, datetime]] = []
    publishing.publish()

    def read_fills(position: str | None, since: datetime) -> Iterator[FillPage]:
        asked.append((position, since))
        return iter(())

    monkeypatch.setattr(publishing.ots, "read_fills", read_fills)
    record(publishing)
    assert asked == [(None, publishing.clock.now() - timedelta(minutes=1))]


def test_sales_other_trades_and_sells_that_are_not_ours_are_told_apart(publishing: Publishing) -> None:
    publishing.publish()
    publishing.ots.place_manually(Side.SELL, Level(10**11 // 2, 5 * NDAU))
    publishing.ots.place_manually(Side.BUY, Level(10**11 // 4, 5 * NDAU))
    publishing.ots.sell(5 * NDAU, 0)
    publishing.buy(6 * NDAU)
    assert record(publishing) == Recorded(new=3, sales=1, unclaimed=1)
    assert sold_ndau(publishing) == 1


def test_the_next_reading_goes_on_where_the_last_ended(publishing: Publishing) -> None:
    publishing.publish()
    publishing.buy(3 * NDAU)
    assert record(publishing) == Recorded(new=1, sales=1, unclaimed=0)
    assert record(publishing) == NOTHING
    publishing.buy(4 * NDAU)
    assert record(publishing) == Recorded(new=1, sales=1, unclaimed=0)
    assert sold_ndau(publishing) == 7


def test_all_pages_are_recorded_and_counted_together(publishing: Publishing) -> None:
    publishing.publish()
    for _ in range(5):
        publishing.buy(1 * NDAU)
    assert record(publishing) == Recorded(new=5, sales=5, unclaimed=0)
    assert publishing.ledger.fills.position(NAME) == "5"


@pytest.mark.parametrize("moment", Moment)
def test_a_crash_at_any_step_between_the_pages_loses_and_doubles_nothing(
    publishing: Publishing, moment: Moment
) -> None:
    publishing.publish()
    sold = 0
    for at in range(1, 50):
        for _ in range(5):
            publishing.buy(1 * NDAU)
            sold += 1
        steps = Steps(at, moment, _die)
        try:
            record(publishing, steps)
        except Killed:
            assert steps.was_reached
        record(publishing)
        assert sold_ndau(publishing) == sold
        if not steps.was_reached:
            break
    # Two readings of the ledger, the question, three pages read and recorded, the end; and a round without a crash.
    assert at == 2 + 1 + 3 * 2 + 1 + 1


def test_what_was_recorded_before_the_exchange_failed_stays(publishing: Publishing) -> None:
    publishing.publish()
    for _ in range(5):
        publishing.buy(1 * NDAU)
    publishing.ots.fail_next("read_fills", ExchangeUnavailable("away"), after_effect=True)
    with pytest.raises(ExchangeUnavailable):
        record(publishing)
    assert sold_ndau(publishing) == 2
    assert record(publishing) == Recorded(new=3, sales=3, unclaimed=0)


def _die(_: Steps) -> None:
    raise Killed
