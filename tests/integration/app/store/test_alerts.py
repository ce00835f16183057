from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.alerts import Alert, Rule, Severity, Told
from app.domain.errors import LeaseLost
from app.domain.ledger import Lease
from app.store.alerts import SqlAlerts
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.integration.app.store.conftest import StoppedClock

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
DOWN = Alert(Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "it is down\nlook at it", AT)


@pytest.fixture
def alerts(database: Database, clock: StoppedClock) -> SqlAlerts:
    return SqlAlerts(database, clock)


@pytest.fixture
def lease(ledger: SqlLedger) -> Iterator[Lease]:
    with ledger.leases.hold("alerts", 60) as lease:
        assert lease is not None
        yield lease


def later(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


def kinds(ledger: SqlLedger) -> list[str]:
    return [event.kind for event in ledger.events.recent(10)]


def test_an_alert_is_kept_with_what_each_target_knows(alerts: SqlAlerts, lease: Lease) -> None:
    (kept,) = alerts.keep(lease, [replace(DOWN, told={"ops": Told(later(1)), "duty": Told()})])
    assert kept.id is not None
    assert alerts.unfinished() == [kept]
    (told,) = alerts.keep(
        lease, [replace(kept, told_at=later(2), told={"ops": Told(later(1)), "duty": Told(later(2))})]
    )
    assert alerts.unfinished() == alerts.recent(10) == [told]
    assert told.id == kept.id


def test_it_is_unfinished_until_everybody_knows_that_it_is_over_and_leaves_two_events(
    alerts: SqlAlerts, lease: Lease, ledger: SqlLedger
) -> None:
    (kept,) = alerts.keep(lease, [DOWN])
    (kept,) = alerts.keep(lease, [replace(kept, told_at=later(1))])
    assert kinds(ledger) == ["AlertRaised"]
    (kept,) = alerts.keep(lease, [replace(kept, resolved_at=later(2))])
    assert alerts.unfinished() == [kept]
    (kept,) = alerts.keep(lease, [replace(kept, resolution_told_at=later(3))])
    assert alerts.unfinished() == alerts.recent(10, only_lasting=True) == []
    assert alerts.recent(10) == [kept]
    assert kinds(ledger) == ["AlertResolved", "AlertRaised"]
    assert ledger.events.recent(1)[0].subject == "exchange_down north"
    assert '"severity": "critical"' in ledger.events.recent(1)[0].detail


def test_what_was_stored_though_its_answer_was_lost_is_not_stored_twice(
    alerts: SqlAlerts, lease: Lease, ledger: SqlLedger
) -> None:
    over = replace(DOWN, resolved_at=later(2))
    first, again = (alerts.keep(lease, [over])[0] for _ in range(2))
    assert (first, kinds(ledger)) == (again, ["AlertResolved", "AlertRaised"])


def test_one_that_is_raised_again_goes_on_while_it_lasts_and_is_another_after_its_end(
    alerts: SqlAlerts, lease: Lease, ledger: SqlLedger
) -> None:
    (first,) = alerts.keep(lease, [DOWN])
    assert alerts.keep(lease, [replace(DOWN, raised_at=later(5))]) == [first]
    assert kinds(ledger) == ["AlertRaised"]
    alerts.keep(lease, [replace(first, resolved_at=later(6))])
    (second,) = alerts.keep(lease, [replace(DOWN, raised_at=later(7))])
    assert [each.id for each in alerts.recent(10)] == [second.id, first.id]


def test_who_lost_the_lease_writes_nothing(
    alerts: SqlAlerts, lease: Lease, ledger: SqlLedger, clock: StoppedClock
) -> None:
    clock.wait(61)
    with ledger.leases.hold("alerts", 60) as other:
        assert other is not None
        with pytest.raises(LeaseLost):
            alerts.keep(lease, [DOWN])
    assert (alerts.recent(10), kinds(ledger)) == ([], [])


def test_many_are_read_with_what_is_known_of_each(
    alerts: SqlAlerts, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.alerts._MOST_PARAMETERS", 3)
    many = [replace(DOWN, subject=f"north {number}", told={"ops": Told(later(number))}) for number in range(7)]
    kept = alerts.keep(lease, many)
    assert alerts.unfinished() == list(kept)
