"""How soon a fill at an exchange wakes its poll through a stream."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from benchmarks.figures import Figure, Part, milliseconds, percentile
from benchmarks.stream_world import World

_WANTED_SECONDS = 0.050
_WARM_UP = 10
_PAUSE_SECONDS = 0.1
_MESSAGE = "x" * 700
_CAPTION = (
    "One buy at a time, from a real venue that speaks Binance's API through `meic watch` (driver ccxt) and a real broker to a"
    " Celery worker. 'From the fill' begins at the venue's own time of it, cut to a millisecond (so at most 1 ms too long);"
    " 'from the order' begins before the buyer's order is sent. Both end when the worker runs the poll. Yardstick: a bare"
    " websocket message of 700 bytes between two threads, which rings the same worker."
)


def measure(world: World, *, quick: bool) -> Part:
    """Buy 200 times (50 when quick), one at a time."""
    fills = 50 if quick else 200
    world.issuer.order("SELL", "100000")
    samples = [_fill(world) for _ in range(_WARM_UP + fills)][_WARM_UP:]
    with _bare_line(world) as say:
        bare = [_bare(world, say) for _ in range(_WARM_UP + fills)][_WARM_UP:]
    from_fill, from_order = ([sample[number] for sample in samples] for number in range(2))
    figures = []
    for words, values in (("from the fill", from_fill), ("from the order", from_order)):
        for percent in (50, 99):
            seconds, yard = percentile(values, percent), percentile(bare, percent)
            yardstick = f"{milliseconds(yard)}: {seconds / yard:.1f} times"
            wanted = f"< {milliseconds(_WANTED_SECONDS)}"
            figures.append(
                Figure(f"{words}, p{percent}", milliseconds(seconds), wanted, yardstick, seconds < _WANTED_SECONDS)
            )
    return Part(f"From a fill to its poll's bell ({fills} fills)", _CAPTION, figures)


def _fill(world: World) -> tuple[float, float]:
    """Buy once; return the seconds from the fill, and from the order, to the poll."""
    _rest(world)
    sent = time.time()
    filled = world.buyer.order("BUY", "0.01")
    heard = world.heard_at()
    return heard - filled, heard - sent


def _bare(world: World, say: threading.Event) -> float:
    _rest(world)
    sent = time.time()
    say.set()
    return world.heard_at() - sent


def _rest(world: World) -> None:
    """Let the bell's pause pass, and what it may have joined be heard."""
    threading.Event().wait(_PAUSE_SECONDS)
    world.forget()


@contextmanager
def _bare_line(world: World) -> Iterator[threading.Event]:
    """Run a websocket whose server sends a message whenever the event is set, and whose client rings for each."""
    say, ended = threading.Event(), threading.Event()

    def talk(connection: ServerConnection) -> None:
        while say.wait() and not ended.is_set():
            say.clear()
            connection.send(_MESSAGE)

    def listen(port: int) -> None:
        with connect(f"ws://127.0.0.1:{port}", compression=None) as connection:
            for _ in connection:
                world.ring()

    with serve(talk, "127.0.0.1", 0, compression=None) as server:
        threads = [
            threading.Thread(target=server.serve_forever),
            threading.Thread(target=listen, args=[server.socket.getsockname()[1]]),
        ]
        for thread in threads:
            thread.start()
        try:
            yield say
        finally:
            ended.set()
            say.set()
            server.shutdown()
            for thread in threads:
                thread.join()
