"""Streams, bells and board together, on a real Valkey."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from app.domain.errors import ExchangeUnavailable
from app.watching.board import StreamBoard
from app.watching.service import Watched, WatchService
from tests.integration.exchanges.budgets.conftest import Valkey

SECONDS = 20.0


class Stream:
    """Told from outside what happens."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def events(self) -> AsyncGenerator[None, None]:
        yield
        while True:
            error = await self.told.get()
            if error:
                raise error
            yield


class Bells:
    """Counts rings in whatever thread; those of `stuck` exchanges hang until let go."""

    def __init__(self) -> None:
        self.rings: Counter[str] = Counter()
        self.stuck: set[str] = set()
        self.release = threading.Event()

    def __call__(self, name: str) -> bool:
        self.rings[name] += 1
        if name in self.stuck:
            self.release.wait(SECONDS)
        return True


async def until(condition: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            while not condition():  # noqa: ASYNC110  threads and a server change it, not the loop
                await asyncio.sleep(0.01)
    except TimeoutError as error:
        raise AssertionError(f"waited {SECONDS:g} s, in vain, until {what}") from error


def broken() -> Stream:
    raise ExchangeUnavailable("it is broken")


def played(
    url: str,
    watched: Callable[[], list[Watched]],
    script: Callable[[Bells, StreamBoard], Coroutine[Any, Any, None]],
    bells: Bells | None = None,
) -> None:
    async def play() -> None:
        rung, stopping, board = bells or Bells(), asyncio.Event(), StreamBoard(url)
        signs: list[int] = []
        service = WatchService(
            watched(), ring=rung, board=StreamBoard(url), now=lambda: datetime.now(UTC), alive=lambda: signs.append(1)
        )
        running = asyncio.create_task(service.run(stopping))
        try:
            await script(rung, board)
        finally:
            rung.release.set()
            stopping.set()
            await asyncio.wait_for(running, SECONDS)
            board.close()
        assert signs, "it gave a sign of life"

    asyncio.run(play())


def test_a_broken_exchange_a_hanging_ring_and_a_dying_stream_leave_the_others_alone(valkey: Valkey) -> None:
    streams = {name: Stream() for name in ("north", "south", "stuck")}

    def watched() -> list[Watched]:
        good = [Watched(name, lambda name=name: streams[name], None, None) for name in streams]  # type: ignore[misc]
        return [Watched("broken", broken, None, 0.1), *good]

    async def script(bells: Bells, board: StreamBoard) -> None:
        await until(
            lambda: len(bells.rings) == 4, "each was rung when it was connected, the broken one because it is not"
        )
        for number in range(5):
            rings = bells.rings["north"]
            await streams["north"].told.put(None)
            await until(lambda rings=rings: bells.rings["north"] > rings, f"event {number} is rung")  # type: ignore[misc]
        await until(lambda: bells.rings["broken"] > 3, "the broken one is polled meanwhile")
        await streams["south"].told.put(ExchangeUnavailable("cut"))

        def states() -> dict[str, bool]:
            return {name: state.is_up for name, state in board.read(["broken", *streams]).items()}

        await until(lambda: states() == {"broken": False, "north": True, "south": False, "stuck": True}, "all are told")
        await until(lambda: states().get("south") is True, "south is back")
        assert board.read(["south"])["south"].reconnects == 1
        assert bells.rings["stuck"] == 1

    bells = Bells()
    bells.stuck = {"stuck"}
    played(valkey.url, watched, script, bells)
    gone = StreamBoard(valkey.url)
    assert gone.read(["north", "broken"]) == {}
    gone.close()


def test_a_board_that_is_away_stops_nothing(valkey: Valkey) -> None:
    valkey.kill()
    stream = Stream()

    async def script(bells: Bells, _board: StreamBoard) -> None:
        await until(lambda: bells.rings["north"] == 1, "it is connected")
        await stream.told.put(None)
        await until(lambda: bells.rings["north"] == 2, "its event is rung")

    played(valkey.url, lambda: [Watched("north", lambda: stream, None, None)], script)


def test_with_nothing_to_watch_it_waits_to_be_told_to_end(valkey: Valkey) -> None:
    async def script(bells: Bells, _board: StreamBoard) -> None:
        await asyncio.sleep(0)
        assert not bells.rings

    played(valkey.url, list, script)
