import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from app.signing.journal import Journal
from app.signing.policy import Limits

START = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = Limits(per_transaction_napu=100, per_day_napu=250)
CLIENT = PrivateKey.generate().public_key()

requests = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=120),
        st.integers(min_value=1, max_value=8),
        st.integers(min_value=-40 * 60, max_value=40 * 60),
    ),
    max_size=30,
)
"""Quantity, sequence, and by how many minutes the clock moves before: forward or back."""


class HeldClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(path: Path, clock: HeldClock) -> Iterator[Journal]:
    with closing(Journal(path, now=clock)) as opened:
        yield opened


def code(journal: Journal, quantity: int, sequence: int) -> str | None:
    refusal = journal.admit(Issue(quantity, sequence), LIMITS, CLIENT)
    return refusal.code if refusal else None


def test_a_repeated_transaction_does_not_count_twice(journal: Journal) -> None:
    assert [code(journal, 100, 1) for _ in range(5)] == [None] * 5
    assert code(journal, 100, 2) is None
    assert code(journal, 51, 3) == "limit_exceeded"
    assert code(journal, 50, 3) is None


def test_a_refusal_leaves_its_sequence_free_and_counts_nothing(journal: Journal) -> None:
    assert code(journal, 101, 1) == "limit_exceeded"
    assert code(journal, 100, 1) is None
    assert code(journal, 99, 1) == "sequence_conflict"
    assert code(journal, 100, 2) is None


def test_a_signature_leaves_the_window_after_exactly_24_hours(journal: Journal, clock: HeldClock) -> None:
    for sequence in (1, 2):
        assert code(journal, 100, sequence) is None
    clock.time = START + timedelta(hours=24) - timedelta(microseconds=1)
    assert code(journal, 100, 3) == "limit_exceeded"
    clock.time = START + timedelta(hours=24)
    assert code(journal, 100, 3) is None


def test_setting_the_clock_back_frees_nothing_and_is_told(
    journal: Journal, clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    for sequence in (1, 2):
        assert code(journal, 100, sequence) is None
    assert not caplog.messages
    clock.time = START - timedelta(days=30)
    assert code(journal, 100, 3) == "limit_exceeded"
    assert "before the last signature" in caplog.text
    clock.time = START + timedelta(hours=23)
    assert code(journal, 100, 3) == "limit_exceeded"


def test_what_was_admitted_is_remembered_by_the_next_process(path: Path, clock: HeldClock) -> None:
    with closing(Journal(path, now=clock)) as before:
        code(before, 100, 1)
        code(before, 100, 2)
    with closing(Journal(path, now=clock)) as after:
        assert code(after, 100, 1) is None
        assert code(after, 90, 2) == "sequence_conflict"
        assert code(after, 51, 3) == "limit_exceeded"


def test_two_services_on_one_journal_share_its_limits(path: Path, clock: HeldClock) -> None:
    with closing(Journal(path, now=clock)) as one, closing(Journal(path, now=clock)) as other:
        assert code(one, 100, 1) is None
        assert code(other, 90, 1) == "sequence_conflict"
        assert code(other, 100, 2) is None
        assert code(one, 51, 3) == "limit_exceeded"


def test_an_admission_is_flushed_to_the_disk_before_it_is_told(journal: Journal) -> None:
    (level,) = journal._database.execute("PRAGMA synchronous").fetchone()
    assert level == 2  # FULL, in SQLite's numbers


@given(requests)
def test_no_sequence_is_admitted_with_two_quantities(history: list[tuple[int, int, int]]) -> None:
    admitted = dict[int, int]()
    for issue, _ in admissions(history):
        assert admitted.setdefault(issue.sequence, issue.qty) == issue.qty


@given(requests)
def test_no_24_hours_exceed_the_limit_however_the_clock_jumps(history: list[tuple[int, int, int]]) -> None:
    signed = dict[int, tuple[int, datetime]]()
    latest = datetime.min.replace(tzinfo=UTC)
    for issue, clock in admissions(history):
        if issue.sequence not in signed:
            # A time that never runs back, whatever the clock does.
            latest = max(latest, clock)
            signed[issue.sequence] = (issue.qty, latest)
    for _, end in signed.values():
        start = end - timedelta(hours=24)
        assert sum(quantity for quantity, at in signed.values() if start < at <= end) <= LIMITS.per_day_napu


def admissions(history: list[tuple[int, int, int]]) -> Iterator[tuple[Issue, datetime]]:
    """Make the requests; yield those admitted, repeats included, each with what the clock showed."""
    clock = HeldClock()
    with closing(Journal(Path(":memory:"), now=clock)) as journal:
        for quantity, sequence, minutes in history:
            clock.time += timedelta(minutes=minutes)
            issue = Issue(quantity, sequence)
            if journal.admit(issue, LIMITS, CLIENT) is None:
                yield issue, clock.time


def test_a_file_that_is_no_journal_is_named(path: Path, clock: HeldClock) -> None:
    path.write_text("not a database, and long enough that SQLite does not take it for a new one" * 20)
    with pytest.raises(InvalidInput, match=r"journal\.sqlite3 cannot be used as the signing journal"):
        Journal(path, now=clock)


def test_a_journal_of_another_version_is_left_alone(path: Path, clock: HeldClock) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(InvalidInput, match="version 9; expected 1"):
        Journal(path, now=clock)
