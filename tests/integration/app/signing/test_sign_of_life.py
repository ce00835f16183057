"""The service shows that it lives where the work is done."""

import asyncio
import threading

from app.signing.server_settings import SignerServerSettings
from app.signing.service import run


def test_as_long_as_it_serves_the_thread_that_signs_shows_every_second_that_it_is_free(
    settings: SignerServerSettings,
) -> None:
    threads: list[str] = []

    async def serve_for_two_signs() -> None:
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()

        def alive() -> None:
            threads.append(threading.current_thread().name)
            if len(threads) == 2:
                loop.call_soon_threadsafe(stopping.set)

        async with asyncio.timeout(30):
            await run(settings, stopping=stopping, announce=lambda _line: None, alive=alive)

    asyncio.run(serve_for_two_signs())
    assert len(threads) >= 2
    assert {name.partition("_")[0] for name in threads} == {"signatory"}
