import asyncio
import socket

import pytest

from app.domain.errors import InvalidInput
from app.web import take_port


async def accepted_by(listener: socket.socket) -> int:
    """Let somebody connect; return whether small pieces go out at once on the server's side."""
    found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(accept, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        no_delay = await asyncio.wait_for(found, 10)
        writer.close()
        await writer.wait_closed()
    return no_delay


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_small_answers_are_not_held_back(host: str) -> None:
    assert asyncio.run(accepted_by(take_port(host, 0, who="cannot listen"))) == 1


def test_a_port_that_is_taken_is_named_and_nothing_stays_open() -> None:
    with take_port("127.0.0.1", 0, who="cannot listen") as listener:
        port = listener.getsockname()[1]
        with pytest.raises(
            InvalidInput, match=rf"^cannot listen for webhooks on 127\.0\.0\.1 port {port}: Address already in use$"
        ):
            take_port("127.0.0.1", port, who="cannot listen for webhooks")


def test_an_address_that_is_none_of_this_machine_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"^cannot listen on 192\.0\.2\.1 port 80: "):
        take_port("192.0.2.1", 80, who="cannot listen")
