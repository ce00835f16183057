"""`meic watch`: let exchanges ring for themselves, by streams and webhooks."""

import asyncio
import signal
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from app.bootstrap import exchange_config
from app.domain.errors import InvalidInput
from app.ports.exchanges import OwnTradesStream
from app.settings.loading import load_settings
from app.settings.settings import Settings
from app.telemetry.start import start_telemetry
from app.vitals.bounded import BoundedCheck
from app.vitals.needs import broker_check
from app.vitals.pulse import Pulse
from app.vitals.start import start_vitals
from app.watching.board import StreamBoard, result_url
from app.watching.door import Door
from app.watching.ring import PollRing
from app.watching.service import Watched, WatchService
from app.watching.webhook_secret import load_secret
from exchanges import registry
from exchanges.config import ExchangeConfig

Names = Annotated[list[str] | None, typer.Argument(help="The exchanges; every one in use unless named.")]

_SILENT_SECONDS = 35.0
"""It shows every ten seconds that everything goes round."""


def add_to(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(watch)


def watch(names: Names = None) -> None:
    """Poll an exchange as soon as its stream or webhook says that something of ours was traded, until told to end."""
    settings = load_settings()
    start_telemetry(settings.telemetry, settings.log_level, "watch")
    watched = [_watched(settings, name, is_named=bool(names)) for name in names or settings.enabled_exchanges()]
    asyncio.run(_watch(settings, watched))


async def _watch(settings: Settings, watched: list[Watched]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    door = Door(settings.webhooks.host, settings.webhooks.port) if settings.webhooks else None
    pulse = Pulse()
    service = WatchService(
        watched,
        ring=PollRing(),
        board=StreamBoard(result_url(settings)),
        now=lambda: datetime.now(UTC),
        alive=pulse.beat,
        door=door,
    )
    streams = ", ".join(each.name for each in watched if each.open_stream) or "none"
    webhooks = ", ".join(each.name for each in watched if each.secret) or "none"
    typer.echo(f"watching; streams: {streams}; webhooks: {webhooks}" + (f" on port {door.port}" if door else ""))
    ready = {"broker": BoundedCheck(broker_check(settings))}
    start_vitals("watch", settings, health={"loop": pulse.within(_SILENT_SECONDS)}, ready=ready)
    await service.run(stopping)


def _watched(settings: Settings, name: str, *, is_named: bool) -> Watched:
    config = exchange_config(settings, name)
    exchange = settings.exchanges[name]
    open_stream = partial(_open, config) if exchange.stream and _has_stream(config) else None
    secret_file = exchange.webhook_secret_file if settings.webhooks is not None else None
    if is_named and open_stream is None and secret_file is None:
        raise InvalidInput(
            f"{name} has no stream and no webhook, so there is nothing to watch; it is polled all the same"
        )
    return Watched(
        name,
        open_stream,
        load_secret(settings.path(secret_file)) if secret_file is not None else None,
        # Where beat polls as often there is nothing to add.
        exchange.poll_seconds_without_stream if exchange.poll_seconds_without_stream < exchange.poll_seconds else None,
    )


def _has_stream(config: ExchangeConfig) -> bool:
    try:
        return registry.build_stream(config) is not None
    except InvalidInput:
        return registry.may_stream(config.driver)  # tried again and again: a person may mend the key file meanwhile


def _open(config: ExchangeConfig) -> OwnTradesStream:
    stream = registry.build_stream(config)
    if stream is None:
        raise InvalidInput(f"{config.name} has no stream")
    return stream
