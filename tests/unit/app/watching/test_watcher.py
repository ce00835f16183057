import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.errors import AuthenticationFailed, ExchangeUnavailable, InvalidInput
from app.watching import watcher as module
from app.watching.backoff import Backoff
from app.watching.stream_state import StreamState
from app.watching.watcher import StreamWatcher, Watch
from tests.unit.app.watching.loops import Waits, running, turns, until
from tests.unit.app.watching.scripted_stream import ScriptedStream, in_turn

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Scene:
    """A watcher at work, and what came of it."""

    waits: Waits = field(default_factory=Waits)
    pulls: int = 0
    states: list[StreamState] = field(default_factory=list)
    now: datetime = START

    def pull(self) -> None:
        self.pulls += 1

    @property
    def state(self) -> StreamState:
        return self.states[-1]


def played(
    open_stream: Callable[[], ScriptedStream],
    script: Callable[[Scene], Coroutine[Any, Any, None]],
    seconds_without_stream: float | None = None,
) -> None:
    async def play() -> None:
        scene = Scene()
        watch = Watch("north", open_stream, scene.pull, scene.states.append, seconds_without_stream)
        watcher = StreamWatcher(watch, now=lambda: scene.now, backoff=Backoff(lambda: 0.5), wait=scene.waits)
        async with running(watcher.run()):
            await turns()
            await script(scene)

    asyncio.run(play())


def test_every_event_pulls_the_bell_and_so_does_being_connected() -> None:
    async def script(scene: Scene) -> None:
        assert scene.pulls == 3
        assert scene.state == StreamState("north", is_up=True, since=START, last_event_at=START)

    played(in_turn(ScriptedStream("connect", "event", "event", "hang")), script)


def test_a_stream_that_died_is_closed_and_connected_again_with_growing_waits() -> None:
    dead = [ScriptedStream("connect", ExchangeUnavailable(f"cut {number}")) for number in range(3)]

    async def script(scene: Scene) -> None:
        for number, stream in enumerate(dead):
            assert stream.is_closed
            assert scene.state == StreamState(
                "north", is_up=False, since=START, reconnects=number, problem=f"cut {number}"
            )
            await scene.waits.pass_all()
        assert scene.waits.lengths == [1, 2, 4]
        assert scene.state == StreamState("north", is_up=True, since=START, reconnects=3)
        assert scene.pulls == 4  # once for each connection: nobody tells of what was traded in between

    played(in_turn(*dead, ScriptedStream("connect", "hang")), script)


def test_after_a_connection_that_lasted_the_first_wait_is_short_again() -> None:
    ends = asyncio.Event()

    class Lasting(ScriptedStream):
        async def events(self):  # type: ignore[no-untyped-def]  # as its base
            yield
            await ends.wait()
            raise ExchangeUnavailable("cut")

    async def script(scene: Scene) -> None:
        await scene.waits.pass_all()
        await scene.waits.pass_all()
        assert scene.state.is_up
        scene.now += timedelta(seconds=11)
        ends.set()
        await turns()
        assert scene.waits.lengths == [1, 2, 1]
        assert scene.state.since == scene.now

    refused = ExchangeUnavailable("refused")
    played(in_turn(refused, refused, Lasting()), script)


@pytest.mark.parametrize(
    ("failure", "problem"),
    [
        (InvalidInput("no key file"), "no key file"),
        (AuthenticationFailed("the key is refused"), "the key is refused"),
        (ExchangeUnavailable("x" * 1000), "x" * 300),
        (RuntimeError("a driver's mistake"), "RuntimeError: a driver's mistake"),
    ],
)
def test_whatever_fails_while_it_is_opened_is_told_and_tried_again(failure: Exception, problem: str) -> None:
    async def script(scene: Scene) -> None:
        assert (scene.state.is_up, scene.state.problem) == (False, problem)
        await scene.waits.pass_all()
        assert scene.state.is_up
        assert scene.state.problem == ""

    played(in_turn(failure, ScriptedStream("connect", "hang")), script)


def test_a_stream_that_ends_by_itself_is_down_too() -> None:
    async def script(scene: Scene) -> None:
        assert (scene.state.is_up, scene.state.problem) == (False, "it ended by itself")

    played(in_turn(ScriptedStream("connect"), ScriptedStream("hang")), script)


def test_one_that_never_gets_connected_is_given_up_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.0)
    hanging = ScriptedStream("hang")

    async def script(scene: Scene) -> None:
        await until(lambda: len(scene.waits.lengths) == 1)
        assert scene.state.problem == "it was not connected within 0 s"
        assert hanging.is_closed

    with caplog.at_level(logging.WARNING):
        played(in_turn(hanging), script)
    assert "stream of north is down: it was not connected within 0 s; trying again in 1.0 s" in caplog.messages


def test_while_it_is_down_the_bell_is_pulled_as_often_as_asked_and_no_more_once_it_is_up() -> None:
    async def script(scene: Scene) -> None:
        assert scene.pulls == 1
        assert sorted(scene.waits.lengths) == [0.5, 1]
        await scene.waits.pass_all()  # the second connection, which lasts
        assert scene.state.is_up
        pulls = scene.pulls
        await scene.waits.pass_all()
        await scene.waits.pass_all()
        assert scene.pulls == pulls

    streams = in_turn(ExchangeUnavailable("refused"), ScriptedStream("connect", "hang"))
    played(streams, script, seconds_without_stream=0.5)


def test_the_first_state_says_that_it_is_being_connected() -> None:
    async def script(scene: Scene) -> None:
        assert scene.states == [StreamState("north", is_up=False, since=START, problem="connecting")]

    played(in_turn(ScriptedStream("hang")), script)


def test_one_that_is_told_to_end_closes_its_connection() -> None:
    stream = ScriptedStream("connect", "hang")

    async def script(scene: Scene) -> None:
        assert scene.state.is_up

    played(in_turn(stream), script)
    assert stream.is_closed
