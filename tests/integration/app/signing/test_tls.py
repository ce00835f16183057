import datetime as dt
import ipaddress
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.domain.errors import AuthenticationFailed, InvalidInput
from app.signing.client import SigningClient

Connect = Callable[..., SigningClient]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, trusted only by who is given it, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, certificate_key = tmp_path / "certificate.pem", tmp_path / "certificate-key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    certificate_key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, certificate_key


@pytest.fixture
def tls_url(start_service: Any, settings: Any, certificate: tuple[Path, Path]) -> str:
    url: str = start_service(replace(settings, certificate=certificate[0], certificate_key=certificate[1]))
    return url


def test_requests_and_pings_go_over_tls(
    tls_url: str, connect: Connect, certificate: tuple[Path, Path], parties: Any, wait_until: Any
) -> None:
    client = connect(tls_url, ca_file=certificate[0], ping_interval_seconds=0.05)
    assert tls_url.startswith("wss://")
    assert client.check() == parties.ndau_texts
    checked_at = client.last_pong_at
    for sequence in range(1, 20):
        assert client.sign_issue(1, sequence, parties.ndau_texts).signatures
    wait_until(lambda: client.last_pong_at != checked_at)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tls_url: str, connect: Connect) -> None:
    with pytest.raises(AuthenticationFailed, match="is not trusted"):
        connect(tls_url).check()


def test_a_file_of_certificates_that_is_none_is_named(tls_url: str, connect: Connect, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"missing\.pem"):
        connect(tls_url, ca_file=tmp_path / "missing.pem").check()
