import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

import pytest

from app.console.changes import MOST_LISTENERS, MOST_OF_ONE, POLL_SECONDS, Changes
from app.console.door import Door
from app.console.topics import TOPICS
from app.domain.access import Role
from app.domain.errors import Unavailable
from tests.integration.app.console.api.world import World
from tests.integration.app.console.pages.conftest import Make

PATIENCE = 30.0
Told = tuple[str, str, str]


class Ledger:
    """Says what it is told to; counts how often it is read."""

    def __init__(self) -> None:
        self.number, self.kinds, self.reads, self.is_away = 10, ["FillsRecorded"], 0, False

    def newest(self) -> int:
        self.reads += 1
        if self.is_away:
            raise Unavailable("away")
        return self.number

    def kinds_after(self, _number: int, _limit: int) -> list[str]:
        return self.kinds


@pytest.fixture(scope="module")
def world(make_world: Make) -> World:
    return make_world("ordinary")


def changes_of(ledger: Ledger) -> Changes:
    return Changes(ledger.newest, ledger.kinds_after)


def test_nobody_reads_while_nobody_listens() -> None:
    ledger = Ledger()

    async def listen() -> None:
        changes = changes_of(ledger)
        listener = changes.join("ann", 10)
        assert await listener.topics(PATIENCE) == frozenset(), "it is greeted, and nothing is new"
        assert changes.is_fresh
        changes.leave(listener)
        read = ledger.reads
        await asyncio.sleep(3 * POLL_SECONDS)
        assert ledger.reads == read

    asyncio.run(listen())


def test_a_change_is_told_to_everybody_with_what_it_touches() -> None:
    ledger = Ledger()

    async def listen() -> None:
        changes = changes_of(ledger)
        listeners = [changes.join(name, 10) for name in ("ann", "ann", "ada")]
        for listener in listeners:
            await listener.topics(PATIENCE)
        ledger.number = 11
        assert [await each.topics(PATIENCE) for each in listeners] == [frozenset({"sales", "exchanges"})] * 3
        assert [each.number for each in listeners] == [11] * 3

    asyncio.run(listen())


@pytest.mark.parametrize("after", [3, 99])
def test_who_missed_something_is_told_that_everything_may_have_changed(after: int) -> None:
    async def listen() -> None:
        assert await changes_of(Ledger()).join("ann", after).topics(PATIENCE) == frozenset(TOPICS)

    asyncio.run(listen())


@pytest.mark.parametrize("number", [5, 10_000])
def test_a_ledger_that_went_back_or_leapt_has_changed_altogether(number: int) -> None:
    ledger = Ledger()

    async def listen() -> None:
        listener = changes_of(ledger).join("ann", 10)
        await listener.topics(PATIENCE)
        ledger.number = number
        assert await listener.topics(PATIENCE) == frozenset(TOPICS)

    asyncio.run(listen())


def test_a_listener_who_never_looks_costs_no_memory_and_misses_nothing() -> None:
    ledger = Ledger()

    async def listen() -> None:
        changes = changes_of(ledger)
        listener, watchful = changes.join("ann", 10), changes.join("ada", 10)
        await asyncio.gather(listener.topics(PATIENCE), watchful.topics(PATIENCE))
        for ledger.kinds in (["Halted"], ["AlertRaised"]):
            ledger.number += 1
            assert await watchful.topics(PATIENCE)
        assert await listener.topics(PATIENCE) == frozenset({"halts", "exchanges", "alerts"})

    asyncio.run(listen())


def test_a_ledger_that_cannot_be_read_wakes_everybody_once_and_again_when_it_is_back() -> None:
    ledger = Ledger()

    async def listen() -> None:
        changes = changes_of(ledger)
        listener = changes.join("ann", 10)
        await listener.topics(PATIENCE)
        ledger.is_away = True
        assert await listener.topics(PATIENCE) == frozenset()
        assert not changes.is_fresh
        assert await listener.topics(2 * POLL_SECONDS) is None
        ledger.is_away = False
        assert await listener.topics(PATIENCE) == frozenset()
        assert changes.is_fresh

    asyncio.run(listen())


def test_a_defect_ends_the_reading_so_that_nobody_waits_for_ever_and_the_next_one_starts_it_again() -> None:
    ledger = Ledger()

    async def listen() -> None:
        changes = changes_of(ledger)
        listener = changes.join("ann", 10)
        await listener.topics(PATIENCE)
        task = changes._task
        assert task is not None
        ledger.kinds, ledger.number = None, 11  # type: ignore[assignment]
        with pytest.raises(TypeError):
            await task
        assert not changes.is_reading
        changes.leave(listener)
        ledger.kinds = ["Halted"]
        again = changes.join("ann", 11)
        assert await again.topics(PATIENCE) == frozenset()
        changes.leave(again)

    asyncio.run(listen())


def test_neither_one_person_nor_all_together_can_listen_without_end() -> None:
    async def listen() -> None:
        changes = changes_of(Ledger())
        listeners = [changes.join("ann", 0) for _ in range(MOST_OF_ONE)]
        with pytest.raises(Unavailable, match="close some"):
            changes.join("ann", 0)
        listeners += [changes.join(f"other {n}", 0) for n in range(MOST_LISTENERS - MOST_OF_ONE)]
        with pytest.raises(Unavailable, match="close some"):
            changes.join("ada", 0)
        for listener in listeners:
            changes.leave(listener)
        changes.leave(changes.join("ada", 0))

    asyncio.run(listen())


@asynccontextmanager
async def served(world: World) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """Serve a world's console as `meic console` does."""
    door, stopping = Door("127.0.0.1", 0), asyncio.Event()
    serving = asyncio.create_task(door.serve(world.app, stopping, lambda: None))  # type: ignore[arg-type]
    try:
        yield door.port, stopping
    finally:
        stopping.set()
        await serving


@asynccontextmanager
async def stream(world: World, address: tuple[int, str], **headers: str) -> AsyncIterator[AsyncIterator[Told]]:
    """Open the stream of events as a browser does; gives each as (event, data, id)."""
    port, path = address
    told = {
        "host": f"127.0.0.1:{port}",
        "accept": "text/event-stream",
        "authorization": f"Bearer {world.tokens[Role.VIEWER]}",
    } | headers
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"GET {path} HTTP/1.0", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    writer.write("\r\n".join(lines).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert " 200 " in head.splitlines()[0]
    assert "content-type: text/event-stream" in head
    assert "cache-control: no-store" in head
    try:
        yield _events(reader)
    finally:
        writer.close()


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[Told]:
    fields: dict[str, str] = {}
    async for raw in reader:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        elif "event" in fields:
            yield fields["event"], fields.get("data", ""), fields["id"]
            fields = {}


def in_thread(action: Callable[[], object]) -> None:
    threading.Thread(target=action).start()


def test_a_fact_reaches_an_open_page_by_itself(world: World) -> None:
    async def listen() -> None:
        number = world.parts.records.newest_event()
        async with served(world) as (port, _), stream(world, (port, f"/live?after={number}")) as events:
            assert await anext(events) == ("alive", "", str(number))
            in_thread(lambda: world.ledger.events.append("AlertRaised", "north", {}))
            assert await anext(events) == ("changed", '{"topics": ["alerts"]}', str(number + 1))

    asyncio.run(listen())


def test_who_comes_back_with_the_last_number_they_heard_misses_nothing(world: World) -> None:
    async def listen() -> None:
        number = world.parts.records.newest_event()
        world.ledger.events.append("AlertRaised", "north", {})
        async with served(world) as (port, _):
            async with stream(world, (port, "/live?after=0"), **{"last-event-id": str(number)}) as events:
                event, data, name = await anext(events)
                assert (event, name) == ("changed", str(number + 1))
                assert all(topic in data for topic in TOPICS)
            async with stream(world, (port, "/live?after=x"), **{"last-event-id": str(number + 1)}) as events:
                assert (await anext(events))[0] == "alive"

    asyncio.run(listen())


def test_open_pages_do_not_hold_up_the_end_of_the_process(world: World) -> None:
    async def listen() -> None:
        async with served(world) as (port, stopping), stream(world, (port, "/live")) as events:
            await anext(events)
            began = monotonic()
            stopping.set()
            async for _ in events:
                pass
            assert monotonic() - began < 4

    asyncio.run(listen())


def test_a_stream_ends_when_whoever_opened_it_is_no_longer_welcome(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.console.live._WELCOME_SECONDS", 0.1)
    tokens = world.parts.access.tokens
    secret = tokens.make("vic", label="brief", role=Role.VIEWER, days=None, by="vic").secret

    async def listen() -> None:
        shown = {"authorization": f"Bearer {secret}"}
        async with served(world) as (port, _), stream(world, (port, "/live"), **shown) as events:
            await anext(events)
            (token,) = [each for each in tokens.of("vic") if each.label == "brief"]
            in_thread(lambda: tokens.revoke("vic", token.id, by="vic", why="left"))
            assert "ended" in [event async for event, _, _ in events]

    asyncio.run(listen())


def test_one_page_too_many_is_told_when_to_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.console.changes.MOST_OF_ONE", 0)
    answer = world.by(Role.VIEWER).get("/live")
    assert (answer.status, answer.header("retry-after")) == (503, "15")


def test_nobody_listens_without_being_let_in(world: World) -> None:
    assert world.by(None).get("/live", accept="text/event-stream").status == 401
