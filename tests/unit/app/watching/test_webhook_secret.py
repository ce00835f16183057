import hashlib
import hmac
from pathlib import Path

import pytest

from app.domain.errors import InvalidInput
from app.watching.webhook_secret import WebhookSecret, load_secret, nobodys_secret

TEXT = b"0123456789abcdef"
SECRET = WebhookSecret(TEXT)
BODY = b'{"event": "fill"}'
SIGNATURE = hmac.new(TEXT, BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-webhook-secret": TEXT.decode()},
        {"x-webhook-signature": SIGNATURE},
        {"x-webhook-signature": SIGNATURE.upper()},
        {"x-webhook-signature": f"sha256={SIGNATURE}"},
        {"x-webhook-secret": "wrong", "x-webhook-signature": SIGNATURE},
    ],
)
def test_the_secret_or_a_signature_of_the_body_proves_it(headers: dict[str, str]) -> None:
    assert SECRET.is_known_to(headers, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-webhook-secret": ""},
        {"x-webhook-secret": TEXT.decode() + "0"},
        {"x-webhook-secret": TEXT.decode()[:-1]},
        {"x-webhook-secret": "\u2603"},
        {"x-webhook-signature": SIGNATURE[:-1] + ("0" if SIGNATURE[-1] != "0" else "1")},
        {"x-webhook-signature": hmac.new(TEXT, b"another body", hashlib.sha256).hexdigest()},
        {"x-webhook-signature": TEXT.decode()},
        {"authorization": TEXT.decode()},
    ],
)
def test_anything_else_does_not(headers: dict[str, str]) -> None:
    assert not SECRET.is_known_to(headers, BODY)


def test_nobody_knows_the_secret_that_stands_in_for_a_missing_one() -> None:
    assert not nobodys_secret().is_known_to({"x-webhook-secret": "", "x-webhook-signature": ""}, b"")


def test_it_does_not_show_itself() -> None:
    assert TEXT.decode() not in repr(SECRET)


def secret_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_file_holds_it_in_one_line(tmp_path: Path) -> None:
    assert load_secret(secret_file(tmp_path, TEXT + b"\n")).is_known_to({"x-webhook-secret": TEXT.decode()}, b"")


@pytest.mark.parametrize(
    "content", [b"", b"0123456789abcde\n", b"x" * 4097, b"0123456789abcdef\nmore", "0123456789abcdeé".encode()]
)
def test_a_file_without_a_good_secret_is_refused_and_not_quoted(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidInput, match="expected one line of 16 to 4096 printable ASCII characters") as refused:
        load_secret(secret_file(tmp_path, content))
    assert "0123456789" not in str(refused.value)


def test_a_file_that_others_can_read_is_refused_with_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="chmod 600"):
        load_secret(secret_file(tmp_path, TEXT, 0o640))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="none cannot be read"):
        load_secret(tmp_path / "none")
