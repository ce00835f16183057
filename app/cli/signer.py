"""`meic signer`: serve the signing service."""

import typer

from app.bootstrap import read_passphrase
from app.domain.money import parse_ndau
from app.ndau.keys import PublicKey
from app.settings.loading import load_settings, required
from app.settings.settings import Settings
from app.signing import keyfile
from app.signing.server_settings import SignerServerSettings
from app.signing.service import serve
from app.telemetry.logs import set_up_logging
from app.vitals.pulse import Pulse
from app.vitals.start import start_vitals

_SILENT_SECONDS = 15.0
"""It shows every second that connections are served and the thread that signs is free."""


def add_to(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command(name="signer")(run_signer)


def run_signer() -> None:
    """Serve the signing service until it is told to end; it needs only the section signing_service of the settings."""
    settings = load_settings()
    server_settings = _server_settings(settings)
    set_up_logging(settings.log_level, settings.telemetry.log_format, process="signer")
    pulse = Pulse()
    start_vitals("signer", settings, health={"loop": pulse.within(_SILENT_SECONDS)})
    serve(server_settings, announce=typer.echo, alive=pulse.beat)


def _server_settings(settings: Settings) -> SignerServerSettings:
    section = required(settings.signing_service, "signing_service")
    passphrase = read_passphrase(settings.path(section.passphrase_file))
    return SignerServerSettings(
        host=section.host,
        port=section.port,
        home=settings.path(section.state_folder),
        service_key=keyfile.load(settings.path(section.identity_key_file), passphrase),
        ndau_keys=tuple(keyfile.load(settings.path(path), passphrase) for path in section.key_files),
        client_keys=tuple(PublicKey.parse(text) for text in section.client_keys),
        max_per_transaction_napu=parse_ndau(section.maximum_per_transaction_ndau),
        max_per_day_napu=parse_ndau(section.maximum_per_day_ndau),
        certificate=settings.path(section.certificate_file) if section.certificate_file else None,
        certificate_key=settings.path(section.certificate_key_file) if section.certificate_key_file else None,
    )
