from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.alerting.book import Book
from app.domain.alerts import Alert, Finding, Rule, Severity, Told

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
FOUND = Finding(Rule.EXCHANGE_DOWN, "north", Severity.CRITICAL, "it is down", "look at it")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def only(book: Book) -> tuple[int, Alert, bool]:
    ((number, alert, is_stored),) = book.alerts()
    return number, alert, is_stored


def store(book: Book) -> None:
    """Do as the ledger does: every one gets a number."""
    book.note_stored({number: replace(alert, id=alert.id or 100 + number) for number, alert in book.changed().items()})


@pytest.fixture
def book() -> Book:
    book = Book()
    book.raise_for(FOUND, NOW)
    return book


def test_what_was_raised_lasts_until_it_is_resolved(book: Book) -> None:
    assert book.lasting() == {FOUND.key}
    book.resolve(FOUND.key, later(5))
    assert book.lasting() == frozenset()
    assert only(book)[1].resolved_at == later(5)


def test_what_changes_is_to_be_stored_and_then_no_more(book: Book) -> None:
    assert list(book.changed()) == [1]
    assert not only(book)[2]
    store(book)
    assert book.changed() == {}
    assert only(book)[1:] == (only(book)[1], True)
    assert only(book)[1].id == 101
    book.note_told(1, "ops", Told(NOW))
    assert list(book.changed()) == [1]
    assert only(book)[2]


def test_an_end_that_is_not_stored_yet_counts_as_not_stored(book: Book) -> None:
    store(book)
    book.resolve(FOUND.key, later(5))
    assert not only(book)[2]


def test_what_changed_while_it_was_being_stored_stays_to_be_stored(book: Book) -> None:
    sent = book.changed()
    book.note_told(1, "ops", Told(NOW))
    book.note_stored({number: replace(alert, id=9) for number, alert in sent.items()})
    ((_, changed),) = book.changed().items()
    assert (changed.id, changed.told) == (9, {"ops": Told(NOW)})


def test_it_is_told_when_every_listener_was_told_and_over_when_each_knows_that(book: Book) -> None:
    def note(seconds: float) -> Alert:
        book.note_all_told(lambda _: ["ops", "duty"], later(seconds), LONG_AGO)
        return only(book)[1]

    book.note_told(1, "ops", Told(NOW))
    assert note(1).told_at is None
    book.note_told(1, "duty", Told(NOW))
    assert note(2).told_at == later(2)
    assert note(3).told_at == later(2)
    book.resolve(FOUND.key, later(4))
    book.note_told(1, "ops", Told(NOW, later(5)))
    assert note(5).resolution_told_at is None
    book.note_told(1, "duty", Told(NOW, later(6)))
    assert note(6).resolution_told_at == later(6)


def test_where_nobody_listens_nobody_was_told_and_it_is_over_at_once(book: Book) -> None:
    book.note_all_told(lambda _: [], NOW, LONG_AGO)
    assert only(book)[1].told_at is None
    book.resolve(FOUND.key, later(4))
    book.note_all_told(lambda _: [], later(4), LONG_AGO)
    assert only(book)[1].resolution_told_at == later(4)


def test_a_target_that_never_answers_is_given_up_some_time_after_the_end(book: Book) -> None:
    book.resolve(FOUND.key, later(4))
    book.note_all_told(lambda _: ["ops"], later(100), later(4))
    assert only(book)[1].resolution_told_at is None
    book.note_all_told(lambda _: ["ops"], later(101), later(5))
    assert only(book)[1].resolution_told_at == later(101)


def test_what_everybody_knows_to_be_over_is_forgotten_once_the_ledger_knows_it_too(book: Book) -> None:
    book.resolve(FOUND.key, later(4))
    book.note_all_told(lambda _: [], later(4), LONG_AGO)
    book.forget_finished(needs_ledger=True)
    assert len(list(book.alerts())) == 1
    store(book)
    book.forget_finished(needs_ledger=True)
    assert list(book.alerts()) == []


def test_where_the_ledger_is_not_ours_to_write_it_is_forgotten_at_once(book: Book) -> None:
    book.resolve(FOUND.key, later(4))
    book.note_all_told(lambda _: [], later(4), LONG_AGO)
    book.forget_finished(needs_ledger=False)
    assert list(book.alerts()) == []


def test_what_the_ledger_had_is_taken_over_as_stored() -> None:
    book = Book()
    known = Alert(Rule.HALT, "issuing", Severity.WARNING, "w", LONG_AGO, told={"ops": Told(LONG_AGO)}, id=4)
    book.load([known])
    assert (only(book)[1:], book.changed()) == ((known, True), {})


def test_one_that_was_raised_while_the_ledger_was_away_goes_on_as_the_ledgers_of_its_kind(book: Book) -> None:
    book.note_told(1, "ops", Told(NOW))
    known = Alert(*FOUND.key, Severity.CRITICAL, "before", LONG_AGO, told={"duty": Told(LONG_AGO)}, id=4)
    book.load([known])
    _, alert, _ = only(book)
    assert (alert.id, alert.raised_at) == (4, LONG_AGO)
    assert alert.told == {"ops": Told(NOW), "duty": Told(LONG_AGO)}


def test_an_alert_does_not_end_before_it_began_though_the_clock_was_set_back(book: Book) -> None:
    assert book.resolve(FOUND.key, LONG_AGO).resolved_at == NOW


def test_what_was_told_of_an_alert_that_is_gone_is_of_no_interest(book: Book) -> None:
    book.forget()
    book.note_told(1, "ops", Told(NOW))
    assert list(book.alerts()) == []
