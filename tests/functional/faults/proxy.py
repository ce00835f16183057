"""A TCP proxy on loopback that can break the line in every way a network does."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

_PIECE_BYTES = 65_536
_DELAY_SECONDS = 0.4
_BREAK_SECONDS = 30.0


class Fault(StrEnum):
    """What happens to every connection while it lasts."""

    REFUSE = "refuse"  # new connections are closed at once, and those that are open break
    CUT = "cut in mid-answer"  # half of the next answer arrives, then the line breaks
    LOSE = "lose the answer"  # what is asked arrives; the line breaks instead of an answer
    DELAY = "delay"
    BLACK_HOLE = "black hole"  # nothing arrives, and nobody is told


class Proxy:
    """Passes bytes on between whoever connects to `port` and `upstream_port`, as long as no fault is set."""

    def __init__(self, name: str, upstream_port: int) -> None:
        self.name = name
        self.upstream_port = upstream_port
        self.port = 0
        self._fault: Fault | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the line now; None when nothing is."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        ends_connections = Fault.REFUSE in (fault, self._fault) or Fault.BLACK_HOLE is self._fault
        self._fault = fault
        if ends_connections and self._loop is not None:
            # After a black hole bytes are missing in the middle: such a connection cannot go on.
            asyncio.run_coroutine_threadsafe(self._break_all(), self._loop).result(_BREAK_SECONDS)

    async def serve(self) -> asyncio.Server:
        """Listen on a free port."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._fault is Fault.REFUSE:
                return
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        except OSError:
            return
        else:
            self._writers.add(up_writer)
            await self._pass_both_ways(reader, writer, up_reader, up_writer)
        finally:
            self._abort(writer)

    async def _pass_both_ways(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        ways = [
            asyncio.ensure_future(self._pass_on(reader, up_writer, is_answer=False)),
            asyncio.ensure_future(self._pass_on(up_reader, writer, is_answer=True)),
        ]
        try:
            # Nobody here closes one half of a connection and goes on with the other.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self._abort(up_writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE_BYTES):
                match self._fault:
                    case Fault.BLACK_HOLE:
                        continue
                    case Fault.CUT if is_answer:
                        writer.write(piece[: len(piece) // 2])
                        await writer.drain()
                        return
                    case Fault.LOSE if is_answer:
                        return
                    case Fault.DELAY:
                        await asyncio.sleep(_DELAY_SECONDS)
                    case _:
                        pass
                writer.write(piece)
                await writer.drain()
            if writer.can_write_eof():
                # What was written last must arrive before the connection is taken down.
                writer.write_eof()
                await asyncio.sleep(0.05)

    def _abort(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        with suppress(RuntimeError):
            writer.close()

    async def _break_all(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()


@contextmanager
def proxies(*wanted: Proxy) -> Iterator[None]:
    """Run proxies for the block, all in one thread."""
    loop = asyncio.new_event_loop()
    servers = [loop.run_until_complete(proxy.serve()) for proxy in wanted]
    thread = threading.Thread(target=loop.run_forever, name="proxies")
    thread.start()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(_end(servers), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(servers: list[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
