"""Which secrets an instance has, and whether a text gives one of them away."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from app.local.home import LocalHome
from app.ndau.encoding import decode
from app.settings.settings import Settings
from app.signing import keyfile
from venue.gateway.bitmart.signatures import client_secret

# How an account's access token starts at the venue, and at the exchange that it plays.
_TOKEN = re.compile(rb"m261[0-9a-f]{16,}")
_PART = 16
"""A leaked part this long counts as the whole: what is cut off can be guessed or is found elsewhere."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Byte strings that must be found nowhere, each with the name of its secret."""

    forms: Mapping[bytes, str]

    def found_in(self, text: bytes) -> set[str]:
        """Return the names of the secrets that a text gives away, whole or in part, plain or in base64."""
        found = {name for form, name in self.forms.items() if form in text}
        return found | {"an access token"} if _TOKEN.search(text) else found


def secrets_of(home: LocalHome, settings: Settings, others: Mapping[str, str] | None = None) -> Secrets:
    """Return what must stay secret of a running instance: of its own files, and what else it was told."""
    named = {name: [text] for name, text in (others or {}).items()}
    passphrase = (home.keys / "passphrase").read_text().strip()
    named["the passphrase"] = [passphrase]
    for path in home.keys.glob("*.key.json"):
        named[f"the key of {path.name}"] = list(_private_key_texts(str(keyfile.load(path, passphrase))))
    for path in home.api_key("any").parent.glob("*.apikey.json"):
        named |= _account_secrets(path.name, json.loads(path.read_text()))
    for trader in json.loads(home.buyers.read_text())["traders"]:
        named |= _account_secrets(trader["name"], trader)
    named["the broker's password"] = [urlsplit(settings.broker.url.get_secret_value()).password or ""]
    for path in (home.flower_password, home.console_password):
        if path.exists():
            named[f"the {path.name}"] = [path.read_text().strip()]
    return from_texts(named)


def from_texts(named: Mapping[str, list[str]]) -> Secrets:
    """Return the forms in which secrets could show."""
    forms: dict[bytes, str] = {}
    for name, texts in named.items():
        for text in texts:
            assert len(text) >= _PART, f"{name} is too short to be searched for"
            forms |= dict.fromkeys(_forms(text), name)
    return Secrets(forms)


def _account_secrets(name: str, key: Mapping[str, str]) -> dict[str, list[str]]:
    access = key["apiKey"] if "apiKey" in key else key["access"]
    named = {f"{name}: access": [access], f"{name}: secret": [key["secret"]]}
    # Bitmart's has a third field, and a proof made of all three goes over the wire.
    return named | ({f"{name}: proof": [client_secret(access, key["secret"], key["memo"])]} if key.get("memo") else {})


def _private_key_texts(npvt: str) -> Iterator[str]:
    """Yield a private key as its text, and its bytes as they are usually written; the seed comes first in them."""
    # The start of the text, npvt and what tells the algorithm, is the same in all.
    yield npvt[12:]
    packed = decode(npvt.removeprefix("npvt"))
    data = packed.data[1:]
    seed = data[:32]
    for part in (data, seed):
        yield part.hex()
        yield part.hex().upper()
        yield base64.b64encode(part).decode()
        yield base64.urlsafe_b64encode(part).decode()


def _forms(text: str) -> Iterator[bytes]:
    for part in (text, text[:_PART], text[-_PART:]):
        for written in {part, quote(part, safe=""), unquote(part), json.dumps(part)[1:-1]}:
            plain = written.encode()
            yield plain
            yield from _base64_forms(plain)


def _base64_forms(plain: bytes) -> Iterator[bytes]:
    """Yield what a text becomes inside a longer one in base64, wherever it stands there."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        # The first characters and the last hold bits of the neighbours.
        first = (0, 2, 3)[before]
        last = len(encoded.rstrip(b"=")) - (1 if (before + len(plain)) % 3 else 0)
        yield encoded[first:last]
