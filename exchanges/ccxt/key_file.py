"""The account's credentials."""

from dataclasses import dataclass, field
from pathlib import Path

from app.domain.errors import InvalidInput
from exchanges import key_files
from exchanges.config import ExchangeConfig

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


def load_key(config: ExchangeConfig, *, needs_password: bool, folder: Path = FOLDER) -> ApiKey:
    """Read the credentials that the settings hold or name.

    Raises:
        InvalidInput: there are none, they are of another form, or others can read their file.
    """
    read = key_files.read_credentials(config, folder=folder, required=_REQUIRED, optional=_OPTIONAL, form=_FORM)
    fields = read.fields
    if needs_password and "password" not in fields:
        raise InvalidInput(f"{read.where} lacks password, the key's passphrase; expected {_FORM}")
    return ApiKey(fields["apiKey"], fields["secret"], fields.get("password", ""), fields.get("uid", ""))
