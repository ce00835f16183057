from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.signing.server_settings import SignerServerSettings

KEY = PrivateKey.generate()
SERVICE_KEY = PrivateKey.generate()


def settings(**changes: Any) -> SignerServerSettings:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "home": Path("home"),
        "service_key": SERVICE_KEY,
        "ndau_keys": (KEY,),
        "client_keys": (PrivateKey.generate().public_key(),),
        "max_per_transaction_napu": 1,
        "max_per_day_napu": 1,
    }
    return SignerServerSettings(**{**given, **changes})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_plain_websockets_are_served_to_this_machine(host: str) -> None:
    assert settings(host=host).tls() is None


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"host": "0.0.0.0"}, "without TLS"),  # noqa: S104  that it is refused is the point
        ({"host": "::"}, "without TLS"),
        ({"host": "10.0.0.7"}, "without TLS"),
        ({"host": "signer.example.org"}, "without TLS"),
        ({"host": "localhost.example.org"}, "without TLS"),
        ({"host": ""}, "without TLS"),
        ({"certificate": Path("a.pem")}, "expected both or neither"),
        ({"certificate_key": Path("a.pem")}, "expected both or neither"),
        ({"port": -1}, "port is -1"),
        ({"port": 65536}, "port is 65536"),
        ({"ndau_keys": ()}, "at least one ndau key"),
        ({"client_keys": ()}, "one client key"),
        ({"service_key": KEY}, "expected a key of its own"),
        ({"max_per_transaction_napu": 2}, "the first not above the second"),
        ({"max_per_transaction_napu": 0}, "expected 1 to"),
    ],
)
def test_what_is_missing_or_unsafe_stops_the_start_in_one_sentence(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        settings(**changes)


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    certificate.write_text("none")
    with pytest.raises(InvalidInput, match=r"certificate\.pem"):
        settings(certificate=certificate, certificate_key=tmp_path / "missing.pem").tls()
    with pytest.raises(InvalidInput, match=r"certificate\.pem"):
        settings(certificate=certificate, certificate_key=certificate).tls()


def test_the_home_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    settings(home=home).prepare_home()
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_home_that_others_can_write_in_is_refused(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(InvalidInput, match=f"mend it with: chmod 700 {tmp_path}"):
        settings(home=tmp_path).prepare_home()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.touch()
    with pytest.raises(InvalidInput, match="cannot be the signing service's home"):
        settings(home=home).prepare_home()


def test_no_private_key_shows() -> None:
    assert str(KEY) not in repr(settings())
    assert str(SERVICE_KEY) not in repr(settings())
