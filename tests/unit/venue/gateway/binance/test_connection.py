import asyncio
from typing import Any

import pytest
from starlette.websockets import WebSocket

from venue.gateway.binance import connection as connection_module
from venue.gateway.binance.connection import MOST_MESSAGES_A_SECOND, MOST_WAITING, Connection
from venue.gateway.binance.outbox import Outbox
from venue.gateway.binance.subscriptions import Subscriptions


class Peer:
    """The other side of a WebSocket: it sends what it is given, and reads as long as `reads` is set."""

    def __init__(self, *texts: str, is_gone: bool = False) -> None:
        self.incoming = asyncio.Queue[dict[str, Any]]()
        self.received: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.arrived = asyncio.Event()
        for event in [{"type": "websocket.connect"}, *({"type": "websocket.receive", "text": text} for text in texts)]:
            self.incoming.put_nowait(event)
        if is_gone:
            self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    async def send(self, event: Any) -> None:
        if event["type"] == "websocket.send":
            await self.reads.wait()
        self.received.append(dict(event))
        self.arrived.set()

    async def has_received(self, events: int) -> None:
        while len(self.received) < events:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), 5)

    async def accepted(self, *, is_combined: bool = False) -> Connection:
        websocket = WebSocket({"type": "websocket"}, self.incoming.get, self.send)
        await websocket.accept()
        return Connection(websocket, is_combined=is_combined)


async def ignore(_: str) -> None:
    return


def test_messages_arrive_in_their_order_and_a_peer_that_leaves_ends_it() -> None:
    async def scenario() -> list[Any]:
        peer, heard = Peer("one", "two"), list[str]()
        peer.reads.set()
        connection = await peer.accepted()

        async def handle(text: str) -> None:
            heard.append(text)
            connection.send(text.upper())

        serving = asyncio.create_task(connection.serve(handle))
        await peer.has_received(3)
        peer.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(serving, 5)
        assert heard == ["one", "two"]
        return [event.get("text") for event in peer.received[1:]]

    assert asyncio.run(scenario()) == ["ONE", "TWO"]


def test_a_reader_whose_queue_is_full_is_cut_off_and_nobody_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "MOST_WAITING", 10)

    async def scenario() -> list[Any]:
        peer = Peer()
        connection = await peer.accepted()
        serving = asyncio.create_task(connection.serve(ignore))
        for number in range(13):
            connection.send(str(number))
        await asyncio.wait_for(serving, 5)
        return peer.received

    events = asyncio.run(scenario())
    assert [event["type"] for event in events] == ["websocket.accept", "websocket.close"]
    assert (events[-1]["code"], events[-1]["reason"]) == (1008, "Too slow")
    assert MOST_WAITING > 1000


def test_a_client_that_talks_too_much_is_cut_off() -> None:
    async def scenario() -> list[Any]:
        peer = Peer(*["hello"] * (2 * MOST_MESSAGES_A_SECOND + 1))
        connection = await peer.accepted()
        await asyncio.wait_for(connection.serve(ignore), 5)
        return peer.received

    assert asyncio.run(scenario())[-1]["reason"] == "Too many requests"


def test_a_peer_that_is_gone_when_something_is_sent_ends_it_quietly() -> None:
    class Gone(Peer):
        async def send(self, event: Any) -> None:
            if event["type"] == "websocket.send":
                raise OSError

    async def scenario() -> None:
        connection = await Gone().accepted()
        connection.send("hello")
        await asyncio.wait_for(connection.serve(ignore), 5)

    asyncio.run(scenario())


def test_a_defect_in_answering_is_not_hidden() -> None:
    async def scenario() -> None:
        async def fail(_: str) -> None:
            raise ZeroDivisionError

        connection = await Peer("hello").accepted()
        await connection.serve(fail)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(scenario())


def test_a_stream_goes_to_who_wants_it_and_combined_ones_are_named() -> None:
    async def scenario() -> tuple[list[Any], list[Any], list[str]]:
        begun: list[str] = []
        subscriptions = Subscriptions(begun.append)
        raw, combined = Peer(), Peer()
        for peer, is_combined in ((raw, False), (combined, True)):
            peer.reads.set()
            connection = await peer.accepted(is_combined=is_combined)
            subscriptions.add(connection, "a@trade")
            subscriptions.publish("a@trade", "{}")
            subscriptions.publish("b@trade", "{}")
            subscriptions.remove(connection, ["a@trade", "c@trade"])
            subscriptions.publish("a@trade", "{}")
            peer.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
            serving = asyncio.create_task(connection._write())
            await peer.has_received(2)
            serving.cancel()
        return raw.received[1:], combined.received[1:], begun

    raw, combined, begun = asyncio.run(scenario())
    assert [event["text"] for event in raw] == ["{}"]
    assert [event["text"] for event in combined] == ['{"stream":"a@trade","data":{}}']
    assert begun == ["a@trade", "a@trade"]


def test_nothing_is_delivered_before_the_commit_and_then_in_order_with_only_the_latest_of_a_key() -> None:
    class Journal:
        def __init__(self) -> None:
            self.callbacks: list[Any] = []

        def when_committed(self, callback: Any) -> None:
            self.callbacks.append(callback)

    async def scenario() -> list[str]:
        journal, told = Journal(), list[str]()
        outbox = Outbox(journal)
        outbox.add(lambda: told.append("first"))
        outbox.replace("best", lambda: told.append("stale"))
        outbox.replace("best", lambda: told.append("best"))
        outbox.add(lambda: told.append("second"))
        await asyncio.sleep(0)
        assert told == []
        (commit,) = journal.callbacks
        outbox.add(lambda: told.append("third"))
        commit()
        assert told == ["first", "second", "best"]
        await asyncio.sleep(0)
        journal.callbacks[1]()
        return told

    assert asyncio.run(scenario())[-1] == "third"
