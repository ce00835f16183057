"""The proxy breaks lines as it says, and none that it was not told to."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.functional.faults.proxy import Fault, Proxy, proxies

WAIT_SECONDS = 5.0


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that answers each message with "you said " and the message."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk(connection: socket.socket) -> None:
            with connection:
                while message := connection.recv(1000):
                    connection.sendall(b"you said " + message)

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def proxy(echo_port: int) -> Iterator[Proxy]:
    proxy = Proxy("echo", echo_port)
    with proxies(proxy):
        yield proxy


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=WAIT_SECONDS)


def ask(connection: socket.socket) -> bytes:
    connection.sendall(b"hello")
    return connection.recv(1000)


def is_broken(connection: socket.socket) -> bool:
    try:
        return ask(connection) == b""
    except ConnectionError:
        return True


def test_without_a_fault_everything_is_passed_on(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert ask(connection) == b"you said hello"
        assert ask(connection) == b"you said hello"


def test_refusing_breaks_open_connections_and_new_ones_until_it_ends(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        ask(connection)
        proxy.fault = Fault.REFUSE
        assert is_broken(connection)
    with connect(proxy) as connection:
        assert is_broken(connection)
    proxy.fault = None
    with connect(proxy) as connection:
        assert ask(connection) == b"you said hello"


def test_half_of_an_answer_arrives_before_the_cut(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        ask(connection)
        proxy.fault = Fault.CUT
        assert ask(connection) == b"you sai"
        assert connection.recv(1000) == b""


def test_a_lost_answer_breaks_the_line_instead(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        ask(connection)
        proxy.fault = Fault.LOSE
        assert is_broken(connection)


def test_a_delay_holds_back_question_and_answer(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        ask(connection)
        proxy.fault = Fault.DELAY
        asked_at = time.monotonic()
        assert ask(connection) == b"you said hello"
        assert time.monotonic() - asked_at >= 0.75


def test_a_black_hole_answers_nothing_and_its_connections_do_not_outlive_it(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        ask(connection)
        proxy.fault = Fault.BLACK_HOLE
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            ask(connection)
        proxy.fault = None
        connection.settimeout(WAIT_SECONDS)
        assert is_broken(connection)


def test_where_nobody_listens_the_connection_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    proxy = Proxy("nobody", port)
    with proxies(proxy), connect(proxy) as connection:
        assert is_broken(connection)
