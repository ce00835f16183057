"""Everything that `meic watch` runs, in one event loop."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from app.domain.errors import Unavailable
from app.ports.exchanges import OwnTradesStream
from app.signing.notices import Notices
from app.watching.bell import JoinedBell
from app.watching.board import LIFETIME_SECONDS, StreamBoard
from app.watching.door import Door
from app.watching.stream_state import StreamState
from app.watching.watcher import StreamWatcher, Watch
from app.watching.webhook_secret import WebhookSecret
from app.watching.webhooks import Webhooks

log = logging.getLogger(__name__)

_RINGERS = 10
_REFRESH_SECONDS = LIFETIME_SECONDS / 3
_SHORTEST_REFRESH_SECONDS = 0.5
_HOUSEKEEPING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Watched:
    """One exchange to listen to.

    Attributes:
        open_stream: None where there is no stream, or none is wanted.
        secret: None where no webhook is wanted.
        seconds_without_stream: how often it is polled while its stream is down; None leaves that to beat.
    """

    name: str
    open_stream: Callable[[], OwnTradesStream] | None
    secret: WebhookSecret | None
    seconds_without_stream: float | None


class WatchService:
    """Streams and webhooks, each exchange on its own: what breaks one leaves the others alone."""

    def __init__(
        self,
        watched: Sequence[Watched],
        *,
        ring: Callable[[str], bool],
        board: StreamBoard,
        now: Callable[[], datetime],
        alive: Callable[[], None],
        door: Door | None = None,
    ) -> None:
        """Prepare it.

        Args:
            watched: the exchanges.
            ring: has an exchange polled and tells whether the bell was heard; called in threads, may block.
            board: where the states are written.
            now: the time, UTC.
            alive: called every ten seconds for as long as everything goes round.
            door: where webhooks come in; None for none.
        """
        self._watched = watched
        self._ring = ring
        self._board = board
        self._now = now
        self._alive = alive
        self._door = door
        self._states: dict[str, StreamState] = {}
        self._has_changed = asyncio.Event()
        self._notices = Notices()

    async def run(self, stopping: asyncio.Event) -> None:
        """Watch until told to stop."""
        with (
            ThreadPoolExecutor(_RINGERS, thread_name_prefix="ring") as ringers,
            ThreadPoolExecutor(1, thread_name_prefix="board") as writer,
        ):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(work) for work in self._works(ringers, writer)]
                await stopping.wait()
                for task in tasks:
                    task.cancel()
            await self._forget(writer)
        self._notices.tell_counted(at_once=True)

    def _works(self, ringers: Executor, writer: Executor) -> list[Coroutine[None, None, None]]:
        bells = {watched.name: JoinedBell(partial(self._heard, ringers, watched.name)) for watched in self._watched}
        works: list[Coroutine[None, None, None]] = [bell.run() for bell in bells.values()]
        works += [
            StreamWatcher(
                Watch(each.name, each.open_stream, bells[each.name].pull, self._note, each.seconds_without_stream),
                now=self._now,
            ).run()
            for each in self._watched
            if each.open_stream is not None
        ]
        works += [self._keep_board(writer), self._keep_house()]
        if self._door is not None:
            secrets = {each.name: each.secret for each in self._watched if each.secret is not None}
            pulls = {name: bell.pull for name, bell in bells.items()}
            works.append(self._door.serve(Webhooks(secrets, pulls, self._notices).app()))
        return works

    async def _heard(self, ringers: Executor, name: str) -> bool:
        return await asyncio.get_running_loop().run_in_executor(ringers, self._ring, name)

    def _note(self, state: StreamState) -> None:
        had = self._states.get(state.name)
        self._states[state.name] = state
        if had is None or had.is_up is not state.is_up:
            self._has_changed.set()  # that it went up or down is told at once, all else at the next refresh

    async def _keep_board(self, writer: Executor) -> None:
        is_reachable = True
        while True:
            self._alive()
            with suppress(TimeoutError):
                async with asyncio.timeout(_REFRESH_SECONDS):
                    await self._has_changed.wait()
            self._has_changed.clear()
            try:
                await self._write(writer)
            except Unavailable as error:
                log.log(logging.WARNING if is_reachable else logging.DEBUG, "%s; streams and polls go on", error)
                is_reachable = False
            else:
                is_reachable = True
            await asyncio.sleep(_SHORTEST_REFRESH_SECONDS)

    async def _write(self, writer: Executor) -> None:
        states = tuple(self._states.values())
        if states:
            await asyncio.get_running_loop().run_in_executor(writer, self._board.write, states)

    async def _forget(self, writer: Executor) -> None:
        names = tuple(self._states)
        if names:
            with suppress(Unavailable):
                await asyncio.get_running_loop().run_in_executor(writer, self._board.clear, names)
        self._board.close()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)
            self._notices.tell_counted()
