import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.alerting.certificates import certificate_checks, end_of_file, end_of_shown
from app.alerting.surroundings import Surroundings
from app.clock import SystemClock
from app.domain.alerts import Rule
from app.domain.errors import InvalidInput, Unavailable
from app.local.home import free_ports
from app.settings.sections import ChainSettings, SignerSettings
from app.settings.settings import Settings
from tests.integration.app.alerting.conftest import Certificate, make_certificate
from tests.integration.app.alerting.listening import Hook


@contextmanager
def showing(certificate: Certificate) -> Iterator[int]:
    """Show a certificate to everybody who connects; give the port."""
    context = certificate.for_server()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    with suppress(OSError), context.wrap_socket(plain, server_side=True) as secured:
                        secured.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("days", [30, -5])
def test_the_end_of_a_certificate_that_is_shown_is_read_though_nobody_vouches_for_it(tmp_path: Path, days: int) -> None:
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    with showing(make_certificate(tmp_path, ends_at)) as port:
        assert end_of_shown("127.0.0.1", port) == ends_at


def test_who_shows_none_or_is_not_there_cannot_be_read(host: Hook) -> None:
    for port in (int(host.url.rpartition(":")[2]), free_ports({"nobody": 0})["nobody"]):
        with pytest.raises(Unavailable, match=f"the certificate of 127.0.0.1:{port} cannot be read"):
            end_of_shown("127.0.0.1", port)


def test_of_several_certificates_in_a_file_the_one_that_ends_first_counts(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    made = [make_certificate(tmp_path, now + timedelta(days=days), str(days)) for days in (50, 20, 90)]
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(b"".join(each.file.read_bytes() for each in made))
    assert end_of_file(bundle) == now + timedelta(days=20)


def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(InvalidInput, match=name):
            end_of_file(tmp_path / name)


def test_every_place_and_file_of_the_settings_is_checked_once_an_hour(tmp_path: Path) -> None:
    due = make_certificate(tmp_path, datetime.now(UTC) + timedelta(days=1), "signer-ca")
    with showing(make_certificate(tmp_path, datetime.now(UTC) + timedelta(days=10))) as port:
        settings = Settings(
            home=tmp_path,
            chain=ChainSettings(url=f"https://127.0.0.1:{port}"),
            signer=SignerSettings(
                url=f"wss://127.0.0.1:{port}",
                service_key="npub",
                client_key_file=Path("k"),
                passphrase_file=Path("p"),
                ca_file=due.file,
            ),
        )
        checks = list(certificate_checks(_around(settings)))
        found = {check.subject: [each.rule for each in check.look()] for check in checks}
    assert found == {
        f"127.0.0.1:{port}": [Rule.CERTIFICATE_EXPIRY],
        "signer-ca.pem": [Rule.CERTIFICATE_EXPIRY, Rule.CERTIFICATE_DUE],
    }
    assert {check.every_seconds for check in checks} == {3600.0}


def _around(settings: Settings) -> Surroundings:
    def never() -> None:
        raise AssertionError("certificates need nothing else")

    return Surroundings(settings, SystemClock(), never, never, never, never, never)  # type: ignore[arg-type]
