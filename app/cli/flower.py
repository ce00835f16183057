"""`meic flower`: Celery's own dashboard, behind a password."""

import typer

from app.bootstrap import read_passphrase
from app.domain.errors import InvalidInput
from app.settings.loading import load_settings
from app.settings.settings import Settings
from app.telemetry.logs import set_up_logging


def add_to(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command(name="flower")(run_flower)


def run_flower() -> None:
    """Show workers and tasks to who knows the password; without one it does not start."""
    from app.celery import app  # noqa: PLC0415  no other command needs it and Flower's web server

    settings = load_settings()
    set_up_logging(settings.log_level, settings.telemetry.log_format, process="flower")
    set_options(settings)
    app.start(["flower"])


def set_options(settings: Settings) -> None:
    """Give Flower its options: ours, then those of its own that FLOWER_* variables and FLOWER_CONF name.

    They are set in this process, since everybody on the host can read a command line.

    Raises:
        InvalidInput: nobody would be asked who he is, or a file cannot be read.
    """
    from flower.command import apply_env_options, apply_options  # noqa: PLC0415  see above
    from tornado.options import options  # noqa: PLC0415

    section = settings.flower
    options.address, options.port = section.host, section.port
    options.logging = settings.log_level.lower()
    options.basic_auth = []
    if section.password_file is not None:
        try:
            options.basic_auth = [f"{section.user}:{read_passphrase(settings.path(section.password_file))}"]
        except InvalidInput as error:
            raise InvalidInput(f"flower.password_file: {error}") from error
    try:
        apply_env_options()
        apply_options("meic", [])
    except OSError as error:
        raise InvalidInput(f"FLOWER_CONF cannot be read: {error}") from error
    if not options.basic_auth and not options.auth:
        raise InvalidInput(
            "Flower would let everybody in; expected [flower] password_file, the path of a file with the password "
            "(or a FLOWER_CONF that sets basic_auth or auth)"
        )
