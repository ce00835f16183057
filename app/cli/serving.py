"""`meic console`: serve the operators' console."""

import asyncio
import signal

import typer

from app.bootstrap import Coordinator, coordinator
from app.settings.settings import Settings
from app.telemetry.spans import watch_web
from app.telemetry.start import start_telemetry
from app.vitals.pulse import Pulse
from app.vitals.start import start_vitals

_SILENT_SECONDS = 15.0
"""It shows every second that its event loop turns."""


def add_to(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(console)


def console() -> None:
    """Serve the console until told to end; the section console of the settings says where."""
    parts = coordinator()
    start_telemetry(parts.settings.telemetry, parts.settings.log_level, "console")
    try:
        asyncio.run(_serve(parts, parts.settings))
    finally:
        parts.close()


async def _serve(parts: Coordinator, settings: Settings) -> None:
    # What serves the web is large, and no other command needs it.
    from app.console.app import create_app  # noqa: PLC0415
    from app.console.door import Door  # noqa: PLC0415

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    app = create_app(parts)
    watch_web(app)
    door = Door(settings.console.host, settings.console.port)
    pulse = Pulse()
    vitals = start_vitals("console", settings, health={"loop": pulse.within(_SILENT_SECONDS)}, ready=app.state.needs)
    typer.echo(f"the console is at http://{settings.console.host}:{door.port}")
    try:
        await door.serve(app, stopping, pulse.beat)
    finally:
        if vitals is not None:
            vitals.close()
