"""The journal under every kind of damage."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue.errors import InvalidSetting, JournalDamaged
from venue.journal.frames import MAGIC, framed
from venue.journal.journal import open_journal

COMMITS = [[b"one", b"two"], [b"three"], [b"four", b"five", b"six"]]
RECORDS = [record for commit in COMMITS for record in commit]
CONTENT = MAGIC + b"".join(map(framed, COMMITS))
LAST_FRAME = len(CONTENT) - len(framed(COMMITS[-1]))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "journal"


def replayed(path: Path) -> list[bytes]:
    records: list[bytes] = []
    open_journal(path, records.append).close()
    return records


def test_what_was_appended_is_replayed_in_order(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "journal"
    with open_journal(path, lambda _: None) as journal:
        for commit in COMMITS:
            journal.append(commit)
    assert path.read_bytes() == CONTENT
    assert replayed(path) == RECORDS


def test_it_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    open_journal(tmp_path / "journal", lambda _: None).close()
    assert (tmp_path / "journal").stat().st_mode & 0o077 == 0


@given(st.integers(0, len(CONTENT)))
def test_cut_anywhere_it_keeps_every_whole_frame_and_can_be_continued(path: Path, length: int) -> None:
    path.write_bytes(CONTENT[:length])
    whole = [
        commit
        for n, commit in enumerate(COMMITS)
        if length >= len(MAGIC) + sum(map(len, map(framed, COMMITS[: n + 1])))
    ]
    kept = [record for commit in whole for record in commit]
    with open_journal(path, lambda _: None) as journal:
        journal.append([b"seven"])
    assert replayed(path) == [*kept, b"seven"]


@given(st.integers(0, LAST_FRAME - 1), st.integers(1, 255))
def test_a_changed_byte_before_the_last_frame_stops_the_start_and_changes_nothing(
    path: Path, offset: int, change: int
) -> None:
    damaged = bytearray(CONTENT)
    damaged[offset] ^= change
    path.write_bytes(damaged)
    with pytest.raises(JournalDamaged, match=rf"{path}, byte \d+: .*; restore the file from a copy"):
        replayed(path)
    assert path.read_bytes() == damaged


def test_the_message_says_where_the_damage_is(path: Path) -> None:
    second = len(MAGIC) + len(framed(COMMITS[0]))
    damaged = bytearray(CONTENT)
    damaged[second + 12] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(JournalDamaged, match=f"byte {second + 12}: the payload"):
        replayed(path)


def test_a_last_frame_whose_payload_did_not_arrive_is_removed(path: Path) -> None:
    path.write_bytes(CONTENT[:-3] + bytes(3))
    assert replayed(path) == RECORDS[:3]
    assert path.stat().st_size == LAST_FRAME


def test_zeros_at_the_end_are_removed(path: Path) -> None:
    path.write_bytes(CONTENT + bytes(5000))
    assert replayed(path) == RECORDS
    assert path.read_bytes() == CONTENT


def test_zeros_that_something_follows_are_damage(path: Path) -> None:
    path.write_bytes(CONTENT + bytes(50) + framed([b"later"]))
    with pytest.raises(JournalDamaged, match=f"byte {len(CONTENT)}: the header"):
        replayed(path)


def test_a_record_that_cannot_be_replayed_stops_the_start(path: Path) -> None:
    path.write_bytes(CONTENT)

    def refuse(record: bytes) -> None:
        if record == b"three":
            raise ValueError("no such thing")

    with pytest.raises(JournalDamaged, match="cannot be replayed: no such thing"):
        open_journal(path, refuse)


@pytest.mark.parametrize("content", [b"x", b"something else entirely, and longer"])
def test_a_file_that_is_no_journal_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(JournalDamaged, match="byte 0: this is not a venue's journal"):
        replayed(path)
    assert path.read_bytes() == content


def test_two_cannot_have_it_open_at_once(path: Path) -> None:
    path.write_bytes(CONTENT)
    with open_journal(path, lambda _: None), pytest.raises(InvalidSetting, match="another venue process"):
        replayed(path)
    assert replayed(path) == RECORDS


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = os.write
    with open_journal(tmp_path / "journal", lambda _: None) as journal:
        monkeypatch.setattr(os, "write", lambda descriptor, data: real_write(descriptor, bytes(data[:5])))
        journal.append(COMMITS[0])
    monkeypatch.undo()
    assert replayed(tmp_path / "journal") == COMMITS[0]
