"""Keeps one exchange's stream connected, and pulls the poll's bell."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.errors import ExchangeUnavailable, MeicError
from app.ports.exchanges import OwnTradesStream
from app.watching.backoff import Backoff
from app.watching.bell import Pull, Wait
from app.watching.stream_state import StreamState

log = logging.getLogger(__name__)

CONNECT_SECONDS = 30.0
"""Connecting, proving who we are and subscribing take longer than this only where nobody answers."""

_LONGEST_PROBLEM = 300


@dataclass(frozen=True, slots=True)
class Watch:
    """What a watcher is told.

    Attributes:
        open_stream: makes the stream anew for each connection; may raise, which counts as a connection that failed.
        pull: has the exchange polled.
        report: is given the state whenever it changes.
        seconds_without_stream: how often the exchange is polled while its stream is down; None leaves that to beat.
    """

    name: str
    open_stream: Callable[[], OwnTradesStream]
    pull: Pull
    report: Callable[[StreamState], None]
    seconds_without_stream: float | None


class StreamWatcher:
    """Reads a stream for as long as it lives, connects it again when it died, and polls faster meanwhile."""

    def __init__(
        self,
        watch: Watch,
        *,
        now: Callable[[], datetime],
        backoff: Backoff | None = None,
        wait: Wait = asyncio.sleep,
    ) -> None:
        self._watch = watch
        self._now = now
        self._backoff = backoff or Backoff()
        self._wait = wait
        self._is_down = asyncio.Event()
        self._is_down.set()
        self._state = StreamState(watch.name, is_up=False, since=now(), problem="connecting")

    async def run(self) -> None:
        """Watch until cancelled; nothing that a stream does ends it."""
        self._watch.report(self._state)
        async with asyncio.TaskGroup() as tasks:
            if self._watch.seconds_without_stream is not None:
                tasks.create_task(self._poll_while_down(self._watch.seconds_without_stream))
            tasks.create_task(self._stay_connected())

    async def _stay_connected(self) -> None:
        while True:
            problem = await self._follow()
            now = self._now()
            up_seconds = (now - self._state.since).total_seconds() if self._state.is_up else 0.0
            if self._state.is_up:
                self._change(is_up=False, since=now, problem=problem)
            else:
                self._change(problem=problem)
            self._is_down.set()
            seconds = self._backoff.seconds_after(up_seconds)
            log.warning("stream of %s is down: %s; trying again in %.1f s", self._watch.name, problem, seconds)
            await self._wait(seconds)

    async def _follow(self) -> str:
        """Read one connection to its end; return why it ended."""
        try:
            await self._read()
        except MeicError as error:
            return str(error)[:_LONGEST_PROBLEM]
        except Exception as error:  # whatever a driver has forgotten to map must not end the others' watch
            log.exception("stream of %s", self._watch.name)
            return f"{type(error).__name__}: {error}"[:_LONGEST_PROBLEM]
        return "it ended by itself"

    async def _read(self) -> None:
        async with aclosing(self._watch.open_stream().events()) as events:
            await _first(events)
            self._went_up()
            async for _ in events:
                self._change(last_event_at=self._now())
                self._watch.pull()

    def _went_up(self) -> None:
        self._is_down.clear()
        was_up_before = self._state.reconnects > 0 or self._state.problem != "connecting"
        self._change(
            is_up=True, since=self._now(), problem="", reconnects=self._state.reconnects + (1 if was_up_before else 0)
        )
        log.info("stream of %s is up", self._watch.name)
        self._watch.pull()  # nobody tells of what was traded before

    async def _poll_while_down(self, seconds: float) -> None:
        while True:
            await self._is_down.wait()
            self._watch.pull()
            await self._wait(seconds)

    def _change(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]  # each is a field's own
        self._watch.report(self._state)


async def _first(events: AsyncGenerator[None, None]) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await anext(events, None)
    except TimeoutError as error:
        raise ExchangeUnavailable(f"it was not connected within {CONNECT_SECONDS:g} s") from error
