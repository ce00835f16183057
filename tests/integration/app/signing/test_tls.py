from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import AuthenticationFailed, InvalidInput
from app.signing.client import SigningClient

Connect = Callable[..., SigningClient]


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
