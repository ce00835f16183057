"""How soon a fill at an exchange wakes its poll through a stream: prints a table with its yardstick from the same run.

    python benchmarks/streams.py [--fills 200]

Everything runs on this machine, in a folder that is deleted afterwards; benchmarks/README.md tells what is measured.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only

from benchmarks.figures import Figure, Part, milliseconds, percentile, show
from benchmarks.processes import BenchmarkFailed
from benchmarks.stream_world import World, stream_world

_WANTED_SECONDS = 0.050
_WARM_UP = 10
_PAUSE_SECONDS = 0.1
_MESSAGE = "x" * 700
_WIDTH = 130
_CAPTION = (
    "One buy at a time, from a real venue that speaks Binance's API through `meic watch` (driver ccxt) and a real broker to a"
    " Celery worker. 'From the fill' begins at the venue's own time of it, cut to a millisecond (so at most 1 ms too long);"
    " 'from the order' begins before the buyer's order is sent. Both end when the worker runs the poll. Yardstick: a bare"
    " websocket message of 700 bytes between two threads, which rings the same worker."
)


def main() -> int:
    """Measure; return 1 when there is no figure. A missed target is a figure."""
    parser = argparse.ArgumentParser(description="Measure how soon a fill wakes its poll: about a minute.")
    parser.add_argument("--fills", type=int, default=200)
    fills = parser.parse_args().fills
    for name in [name for name in os.environ if name.startswith("MEIC_")]:
        del os.environ[name]
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start", "")
    try:
        with tempfile.TemporaryDirectory(prefix="meic-bench-") as folder, stream_world(Path(folder)) as world:
            show(console, _measure(world, fills))
    except BenchmarkFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    console.print(f"load {os.getloadavg()[0]:.1f} at the end")
    return 0


def _measure(world: World, fills: int) -> Part:
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


if __name__ == "__main__":
    sys.exit(main())
