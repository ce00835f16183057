"""Whether whoever rings knows the exchange's webhook secret."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path

from app.domain.errors import InvalidInput
from app.signing.private_file import check_private

SECRET_HEADER = "x-webhook-secret"  # noqa: S105  its name
SIGNATURE_HEADER = "x-webhook-signature"

_SHORTEST = 16
_LONGEST_BYTES = 4096


class WebhookSecret:
    """A shared secret; its repr does not show it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def is_known_to(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether a header holds the secret, or the hexadecimal HMAC-SHA256 of the body under it.

        Takes the same time whether it is right, wrong or missing: all is computed and compared in any case.
        """
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        has_signed = _is_same(signature.encode(), headers.get(SIGNATURE_HEADER, "").lower().removeprefix("sha256="))
        has_said = _is_same(self._secret, headers.get(SECRET_HEADER, ""))
        return has_signed or has_said


def nobodys_secret() -> WebhookSecret:
    """Return a secret that nobody knows, to spend the same time over."""
    return WebhookSecret(secrets.token_bytes(32))


def load_secret(path: Path) -> WebhookSecret:
    """Read a secret from a file, without the newline at its end.

    Raises:
        InvalidInput: it cannot be read, others can use it, or it holds no text of 16 to 4096 printable characters.
    """
    check_private(path)
    try:
        with path.open("rb") as file:
            secret = file.read(_LONGEST_BYTES + 1).rstrip(b"\r\n")
    except OSError as error:
        raise InvalidInput(f"webhook secret file {path} cannot be read: {error.strerror}") from error
    if not (_SHORTEST <= len(secret) <= _LONGEST_BYTES and secret.isascii() and secret.decode().isprintable()):
        raise InvalidInput(
            f"webhook secret file {path} holds no secret; expected one line of {_SHORTEST} to {_LONGEST_BYTES} "
            "printable ASCII characters, such as `openssl rand -hex 32` prints"
        )
    return WebhookSecret(secret)


def _is_same(secret: bytes, said: str) -> bool:
    return hmac.compare_digest(secret, said.encode("latin-1", errors="replace"))
