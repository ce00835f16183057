"""Group commit, with a journal whose writes wait until the test lets them go."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from venue.errors import Stopped
from venue.journal.group_commit import GroupCommit


class HeldJournal:
    """Keeps what it is given once `go` is set; fails with `error` when there is one."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.error: OSError | None = None
        self.commits: list[list[bytes]] = []

    def append(self, records: Sequence[bytes]) -> None:
        self.begun.set()
        assert self.go.wait(10)
        if self.error is not None:
            raise self.error
        self.commits.append(list(records))


async def begun(journal: HeldJournal) -> None:
    assert await asyncio.to_thread(journal.begun.wait, 10)


def a_commit(journal: HeldJournal, failures: list[OSError]) -> GroupCommit:
    return GroupCommit(journal, failures.append)


def test_what_arrives_during_a_write_goes_into_the_next_one_together() -> None:
    async def scenario() -> None:
        journal = HeldJournal()
        commit = a_commit(journal, [])
        commit.append(b"1")
        await begun(journal)
        for record in (b"2", b"3", b"4"):
            commit.append(record)
        journal.go.set()
        await commit.committed()
        assert journal.commits == [[b"1"], [b"2", b"3", b"4"]]
        await commit.close()

    asyncio.run(scenario())


def test_who_wants_to_be_called_back_is_called_after_the_commit_in_the_order_asked() -> None:
    async def scenario() -> None:
        journal, told = HeldJournal(), list[str]()
        commit = a_commit(journal, [])
        commit.when_committed(lambda: told.append("nothing to wait for"))
        await asyncio.sleep(0)
        commit.append(b"1")
        commit.when_committed(lambda: told.append("first"))
        await begun(journal)
        commit.append(b"2")
        commit.when_committed(lambda: told.append("second"))
        assert told == ["nothing to wait for"]
        journal.go.set()
        await commit.committed()
        assert told == ["nothing to wait for", "first", "second"]
        await commit.close()

    asyncio.run(scenario())


def test_who_wants_to_be_called_back_never_is_when_the_write_fails() -> None:
    async def scenario() -> None:
        journal, told, failures = HeldJournal(), list[str](), list[OSError]()
        commit = a_commit(journal, failures)
        journal.error = OSError(28, "No space left on device")
        journal.go.set()
        commit.append(b"1")
        commit.when_committed(lambda: told.append("lost"))
        with pytest.raises(Stopped):
            await commit.committed()
        await commit.close()
        assert (told, len(failures)) == ([], 1)

    asyncio.run(scenario())


def test_nothing_is_committed_before_its_write_is_over() -> None:
    async def scenario() -> None:
        journal = HeldJournal()
        commit = a_commit(journal, [])
        await commit.committed()
        commit.append(b"1")
        waiting = asyncio.create_task(commit.committed())
        await begun(journal)
        assert not waiting.done()
        journal.go.set()
        await waiting
        assert journal.commits == [[b"1"]]
        await commit.close()

    asyncio.run(scenario())


def test_one_who_stops_waiting_takes_nothing_from_the_others() -> None:
    async def scenario() -> None:
        journal = HeldJournal()
        commit = a_commit(journal, [])
        commit.append(b"1")
        impatient = asyncio.create_task(commit.committed())
        await begun(journal)
        impatient.cancel()
        journal.go.set()
        await commit.committed()
        assert journal.commits == [[b"1"]]
        await commit.close()

    asyncio.run(scenario())


def test_after_a_failed_write_it_takes_nothing_more_and_says_so_once() -> None:
    async def scenario() -> None:
        journal, failures = HeldJournal(), list[OSError]()
        journal.error = OSError(28, "No space left on device")
        commit = a_commit(journal, failures)
        commit.append(b"1")
        first = asyncio.create_task(commit.committed())
        await begun(journal)
        commit.append(b"2")
        second = asyncio.create_task(commit.committed())
        await asyncio.to_thread(journal.go.set)
        for waiting in (first, second):
            with pytest.raises(Stopped, match="No space left on device"):
                await waiting
        with pytest.raises(Stopped):
            commit.append(b"3")
        with pytest.raises(Stopped):
            await commit.committed()
        assert failures == [journal.error]
        await commit.close()
        assert journal.commits == []

    asyncio.run(scenario())


def test_closing_writes_what_was_handed_in() -> None:
    async def scenario() -> None:
        journal = HeldJournal()
        journal.go.set()
        commit = a_commit(journal, [])
        commit.append(b"1")
        await commit.close()
        assert journal.commits == [[b"1"]]
        with pytest.raises(Stopped):
            commit.append(b"2")

    asyncio.run(scenario())
