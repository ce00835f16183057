"""The figures of the whole instance, for the one process that shows them to Prometheus."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import chain as chained
from typing import Any

from kombu import Connection
from kombu.exceptions import OperationalError
from sqlalchemy import select

from app.bootstrap import Coordinator
from app.domain.errors import Unavailable
from app.domain.ledger import Publication
from app.store import tables
from app.store.alert_tables import alert
from app.telemetry import ledger_views as views
from app.telemetry.gauges import Reading
from app.telemetry.ledger_collector import LedgerCollector
from app.watching.board import StreamBoard, result_url
from exchanges import registry

QUEUES = ("polling", "issue", "offers", "upkeep")
_ANSWER_SECONDS = 2


def ledger_collector(parts: Coordinator) -> LedgerCollector:
    """Return what reads them; register it with `app.telemetry.registry.VIEWS` in one process only."""
    readers: dict[str, Callable[[Coordinator], Iterable[Reading]]] = {
        "pipeline": _pipeline,
        "exchanges": _exchanges,
        "controls": _controls,
        "chain": _chain,
        "queues": _queues,
        "streams": _streams,
    }
    return LedgerCollector({name: _bound(read, parts) for name, read in readers.items()})


def _bound(read: Callable[[Coordinator], Iterable[Reading]], parts: Coordinator) -> Callable[[], Iterable[Reading]]:
    return lambda: read(parts)


def _pipeline(parts: Coordinator) -> Iterable[Reading]:
    sales, basis = parts.ledger.fills.totals(), parts.records.basis_napu()
    now = parts.clock.now()
    return chained(views.waiting(parts.records.pipeline(now), now), views.totals(sales, basis))


def _exchanges(parts: Coordinator) -> Iterable[Reading]:
    sales = {name: raised.sales for name, raised in parts.records.money_raised().items()}
    in_use, offers = parts.settings.enabled_exchanges(), parts.ledger.offers
    rows = [row for row in parts.records.exchanges() if row.exchange in in_use]
    newest = offers.generation()

    def missed(shows: Publication) -> datetime | None:
        if shows.shown == shows.wanted or shows.wanted is None or parts.publish_rules(shows.exchange).is_dry_run:
            return None
        following = offers.generation((shows.shown or 0) + 1) or offers.generation(shows.wanted)
        return following.decided_at if following else None

    return list(views.exchanges(rows, sales, newest.number if newest else None, missed, parts.clock.now()))


def _controls(parts: Coordinator) -> Iterable[Reading]:
    ledger = parts.ledger
    lease, now = tables.lease, parts.clock.now()
    with ledger.database.read() as connection:
        lasting = connection.execute(select(alert.c.rule, alert.c.severity).where(alert.c.resolved_at.is_(None))).all()
        held = connection.execute(select(lease.c.name, lease.c.epoch, lease.c.expires_at)).all()
    return chained(
        views.halts(ledger.halts.active(), is_recovering=ledger.recovery.active() is not None),
        views.alerts((row.rule, row.severity) for row in lasting),
        views.leases(((row.name, row.epoch, row.expires_at) for row in held), now),
    )


def _chain(parts: Coordinator) -> Iterable[Reading]:
    # The ledger first: what the chain applies meanwhile shows as the chain's being ahead, never as its being behind.
    foreign, sales = parts.ledger.chain_book.foreign_napu(), parts.ledger.fills.totals()
    return views.chain(parts.chain.supply(), foreign, sales)


def _queues(parts: Coordinator) -> Iterable[Reading]:
    url = parts.settings.broker.url.get_secret_value()
    patience = {"socket_timeout": _ANSWER_SECONDS} if url.startswith("redis") else {"read_timeout": _ANSWER_SECONDS}
    connection = Connection(url, connect_timeout=_ANSWER_SECONDS, transport_options=patience)
    silent: tuple[type[BaseException], ...] = (*connection.connection_errors, OperationalError)
    try:
        connection.ensure_connection(max_retries=1, timeout=_ANSWER_SECONDS)
        return list(views.queues({queue: _length(connection, queue) for queue in QUEUES}))
    except silent as error:
        # Not its words: they may hold the broker's URL.
        raise Unavailable(f"the broker cannot be asked how many bells wait: {type(error).__name__}") from None
    finally:
        connection.release()


def _length(connection: Connection, queue: str) -> int:
    try:
        channel: Any = connection.channel()
        with channel:
            return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:  # Valkey has no queue that is empty, RabbitMQ none that nobody served yet
        return 0


def _streams(parts: Coordinator) -> Iterable[Reading]:
    wanted = [
        name
        for name, exchange in parts.settings.enabled_exchanges().items()
        if exchange.stream and registry.may_stream(exchange.driver)
    ]
    board = StreamBoard(result_url(parts.settings))
    try:
        states = board.read(wanted)
    finally:
        board.close()
    return list(views.streams({name: name in states and states[name].is_up for name in wanted}))
