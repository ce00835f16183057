import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from app.watching.bell import FAILED_SECONDS, LONGEST_SECONDS, SHORTEST_SECONDS, JoinedBell
from tests.unit.app.watching.loops import Waits, running, turns


class Ringer:
    """Counts rings; they are heard as long as `is_heard`, and take as long as `gate` is closed."""

    def __init__(self) -> None:
        self.rings = 0
        self.is_heard = True
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> bool:
        self.rings += 1
        await self.gate.wait()
        return self.is_heard


def played(script: Callable[[JoinedBell, Ringer, Waits], Coroutine[Any, Any, None]]) -> None:
    async def play() -> None:
        ringer, waits = Ringer(), Waits()
        bell = JoinedBell(ringer, waits)
        async with running(bell.run()):
            await turns()
            await script(bell, ringer, waits)

    asyncio.run(play())


def test_it_rings_at_the_first_pull_without_waiting() -> None:
    async def script(bell: JoinedBell, ringer: Ringer, waits: Waits) -> None:
        assert ringer.rings == 0
        bell.pull()
        await turns()
        assert ringer.rings == 1
        assert waits.lengths == [SHORTEST_SECONDS]
        await waits.pass_all()
        assert ringer.rings == 1

    played(script)


def test_pulls_within_the_pause_are_joined_into_one_ring_after_the_last_of_them() -> None:
    async def script(bell: JoinedBell, ringer: Ringer, waits: Waits) -> None:
        bell.pull()
        await turns()
        for _ in range(100):
            bell.pull()
            await turns(2)
        assert ringer.rings == 1
        await waits.pass_all()
        assert ringer.rings == 2

    played(script)


def test_a_pull_while_a_ring_is_under_way_is_followed_by_a_ring_of_its_own() -> None:
    async def script(bell: JoinedBell, ringer: Ringer, waits: Waits) -> None:
        ringer.gate.clear()
        bell.pull()
        await turns()
        assert ringer.rings == 1
        bell.pull()
        ringer.gate.set()
        await turns()
        await waits.pass_all()
        assert ringer.rings == 2

    played(script)


def test_a_flood_makes_the_pauses_longer_and_a_quiet_one_makes_them_short_again() -> None:
    async def script(bell: JoinedBell, ringer: Ringer, waits: Waits) -> None:
        for _ in range(8):
            bell.pull()
            await waits.pass_all()
            bell.pull()
        assert waits.lengths == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.32, 0.32]
        assert waits.lengths[-1] == LONGEST_SECONDS
        await waits.pass_all()
        await waits.pass_all()  # nobody pulled in this one
        bell.pull()
        await turns()
        assert waits.lengths[-1] == SHORTEST_SECONDS
        assert ringer.rings == len(waits.lengths)

    played(script)


def test_a_ring_that_nobody_heard_is_tried_again_until_somebody_does() -> None:
    async def script(bell: JoinedBell, ringer: Ringer, waits: Waits) -> None:
        ringer.is_heard = False
        bell.pull()
        await turns()
        await waits.pass_all()
        await waits.pass_all()
        assert ringer.rings == 3
        assert waits.lengths == [FAILED_SECONDS] * 3
        ringer.is_heard = True
        await waits.pass_all()
        await waits.pass_all()
        await waits.pass_all()
        assert ringer.rings == 4

    played(script)
