import pytest

from app.domain.errors import InvalidInput
from exchanges.endpoints import checked_endpoint


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com:8443/", "https://api.example.com:8443"),
        ("http://127.0.0.1:8401", "http://127.0.0.1:8401"),
        ("http://127.3.2.1", "http://127.3.2.1"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("http://localhost:8401/", "http://localhost:8401"),
    ],
)
def test_a_base_url_is_kept(url: str, endpoint: str) -> None:
    assert checked_endpoint(url, what="endpoint") == endpoint


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://0.0.0.0"]
)
def test_credentials_never_travel_in_the_clear(url: str) -> None:
    with pytest.raises(InvalidInput, match="expected https, as plain http is accepted on loopback only"):
        checked_endpoint(url, what="endpoint")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https://api.example.com/v2",
        "https://api.example.com?x=1",
        "https://api.example.com#x",
        "https://api.example.com:0",
        "https://api.example.com:99999",
        "https://api.example.com:x",
        "https://[::1",
    ],
)
def test_what_is_no_base_url_is_named(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"^exchanges\.north\.endpoint is .*expected a base URL"):
        checked_endpoint(url, what="exchanges.north.endpoint")


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(InvalidInput) as raised:
        checked_endpoint("https://me:hunter2@api.example.com", what="endpoint")
    assert "hunter2" not in str(raised.value)
