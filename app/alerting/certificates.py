"""When certificates end: those that others show us, and those in files of the settings."""

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from app.alerting import rules_of_parts
from app.alerting.lookout import Check
from app.alerting.surroundings import Surroundings
from app.domain.alerts import Finding, Rule
from app.domain.errors import InvalidInput, Unavailable
from app.settings.settings import Settings

_HOUR_SECONDS = 3600.0
_BLIND_SECONDS = 26 * _HOUR_SECONDS
"""One that cannot be reached is told of by what uses it; here a day is soon enough."""

_TIMEOUT_SECONDS = 5.0
_PORTS = {"https": 443, "wss": 443}


def certificate_checks(around: Surroundings) -> Iterable[Check]:
    """Return a check, once an hour, for each place that shows us a certificate and each file that holds one."""
    readers: dict[str, Callable[[], datetime]] = {
        f"{host}:{port}": partial(end_of_shown, host, port) for host, port in _places(around.settings)
    }
    readers |= {f"{path.name}": partial(end_of_file, path) for path in _files(around.settings)}
    rules = frozenset({Rule.CERTIFICATE_EXPIRY, Rule.CERTIFICATE_DUE})
    for name, read in readers.items():
        yield Check(
            f"the certificate of {name}",
            rules,
            partial(_look, around, name, read),
            _HOUR_SECONDS,
            subject=name,
            blind_seconds=_BLIND_SECONDS,
        )


def end_of_shown(host: str, port: int) -> datetime:
    """Return when the certificate that a server shows ends; it is not judged otherwise, since nothing is said to it.

    Raises:
        Unavailable: it cannot be connected to, or shows none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # One that has ended must be read too; whoever really talks to this server verifies it.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), _TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(shown or b"").not_valid_after_utc
    except (OSError, ValueError) as error:
        raise Unavailable(f"the certificate of {host}:{port} cannot be read: {error}") from error


def end_of_file(path: Path) -> datetime:
    """Return when the first of the certificates in a file ends.

    Raises:
        InvalidInput: it cannot be read or holds none.
    """
    try:
        return min(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read as certificates (PEM): {error}") from error


def _look(around: Surroundings, name: str, read: Callable[[], datetime]) -> Sequence[Finding]:
    return tuple(rules_of_parts.certificate(name, read(), around.settings.alerts, around.now()))


def _places(settings: Settings) -> Iterable[tuple[str, int]]:
    urls = [settings.chain.url] if settings.chain else []
    urls += [settings.signer.url] if settings.signer else []
    urls += [exchange.endpoint for exchange in settings.enabled_exchanges().values() if exchange.endpoint]
    for parts in map(urlsplit, dict.fromkeys(urls)):
        if parts.scheme in _PORTS and parts.hostname:
            yield parts.hostname, parts.port or _PORTS[parts.scheme]


def _files(settings: Settings) -> Iterable[Path]:
    if settings.signer and settings.signer.ca_file:
        yield settings.path(settings.signer.ca_file)
    if settings.signing_service and settings.signing_service.certificate_file:
        yield settings.path(settings.signing_service.certificate_file)
