"""The account's credentials, from a file that only its owner can read."""

from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import InvalidInput
from exchanges import key_files

FOLDER = Path(__file__).parent
"""Where key files lie unless the settings say otherwise; git ignores them."""

_REQUIRED = {"apiKey", "secret"}
_OPTIONAL = {"password", "uid"}
_FORM = '{"apiKey": "...", "secret": "...", "password": "<where the key has a passphrase>", "uid": "<optional>"}'


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One account's credentials, named as CCXT names them; its repr and its errors never show them."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    password: str = field(default="", repr=False)
    uid: str = field(default="", repr=False)

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        return tuple(text for text in (self.secret, self.password, self.api_key) if text)


def load_key(exchange: str, key_file: Path | None, *, needs_password: bool, folder: Path = FOLDER) -> ApiKey:
    """Read the key file of an exchange.

    Raises:
        InvalidInput: there is none, it cannot be read, others than its owner can read it, or it is of another form.
    """
    path = key_files.find_key_file(exchange, key_file, folder=folder)
    fields = key_files.read_key_file(path, required=_REQUIRED, optional=_OPTIONAL, form=_FORM)
    if needs_password and "password" not in fields:
        raise InvalidInput(f"key file {path} lacks password, the key's passphrase; expected {_FORM}")
    return ApiKey(fields["apiKey"], fields["secret"], fields.get("password", ""), fields.get("uid", ""))
