"""Key files: a private key encrypted with a passphrase, its public key in the clear beside it.

JSON. The passphrase goes through scrypt to the key of ChaCha20-Poly1305, which encrypts the "npvt" text. Everything else
in the file is authenticated with it (as associated data), so nobody can change the public key or the parameters unseen.
"""

import secrets
import unicodedata
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey, PublicKey
from app.signing import private_file
from app.signing.base64_text import Base64

SHORTEST_PASSPHRASE = 8

_SALT_BYTES = 16
_NONCE_BYTES = 12
_KEY_BYTES = 32


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Scrypt(_Part):
    """The defaults take 128 MiB and some tenths of a second; the bounds keep a file from asking for gigabytes."""

    name: Literal["scrypt"] = "scrypt"
    log2_n: Annotated[int, Field(ge=15, le=20)] = 17
    r: Annotated[int, Field(ge=8, le=8)] = 8
    p: Annotated[int, Field(ge=1, le=4)] = 1
    salt: Annotated[Base64, Field(min_length=_SALT_BYTES, max_length=64)]


class _Header(_Part):
    version: Literal[1] = 1
    public_key: str
    kdf: _Scrypt
    cipher: Literal["chacha20-poly1305"] = "chacha20-poly1305"
    nonce: Annotated[Base64, Field(min_length=_NONCE_BYTES, max_length=_NONCE_BYTES)]


class _KeyFile(_Header):
    ciphertext: Annotated[Base64, Field(min_length=1, max_length=1024)]


def create(path: Path, private_key: PrivateKey, passphrase: str) -> None:
    """Write a new key file, mode 0600; it is on the disk when this returns.

    Raises:
        InvalidInput: the passphrase is shorter than 8 characters, something is at the path already, or it cannot be
            written.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise InvalidInput(
            f"the passphrase for {path} is too short; expected at least {SHORTEST_PASSPHRASE} characters"
        )
    header = _Header(
        public_key=str(private_key.public_key()),
        kdf=_Scrypt(salt=secrets.token_bytes(_SALT_BYTES)),
        nonce=secrets.token_bytes(_NONCE_BYTES),
    )
    secret = str(private_key).encode("ascii")
    ciphertext = _cipher(header, passphrase).encrypt(header.nonce, secret, _authenticated(header))
    file = _KeyFile(**dict(header), ciphertext=ciphertext)
    private_file.write_new(path, file.model_dump_json(indent=2).encode("ascii") + b"\n")


def load(path: Path, passphrase: str) -> PrivateKey:
    """Read the private key.

    Raises:
        InvalidInput: others can read the file, it is no key file or was changed, or the passphrase is wrong. The message
            never holds anything secret.
    """
    private_file.check_private(path)
    file = _read(path)
    header = _Header(**file.model_dump(exclude={"ciphertext"}))
    try:
        secret = _cipher(header, passphrase).decrypt(file.nonce, file.ciphertext, _authenticated(header))
    except InvalidTag:
        # `from None`: nothing of what was decrypted or tried may reach a log through the chain of errors.
        raise InvalidInput(f"{path} cannot be opened: the passphrase is wrong, or the file was changed") from None
    private_key = PrivateKey.parse(secret.decode("ascii"))
    if str(private_key.public_key()) != file.public_key:
        raise InvalidInput(f"{path} holds the private key of {private_key.public_key()}, not of {file.public_key}")
    return private_key


def public_key(path: Path) -> PublicKey:
    """Read the public key, without the passphrase and therefore without proof that the file was not changed.

    Raises:
        InvalidInput: it is no key file.
    """
    return PublicKey.parse(_read(path).public_key)


def _read(path: Path) -> _KeyFile:
    try:
        return _KeyFile.model_validate_json(private_file.read(path))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        place = f"at {field}: " if field else ""
        raise InvalidInput(f"{path} is no key file of version 1, {place}{first['msg']}") from None


def _cipher(header: _Header, passphrase: str) -> ChaCha20Poly1305:
    kdf = header.kdf
    # NFC: the same characters typed on another system may arrive composed differently.
    typed = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    return ChaCha20Poly1305(Scrypt(salt=kdf.salt, length=_KEY_BYTES, n=2**kdf.log2_n, r=kdf.r, p=kdf.p).derive(typed))


def _authenticated(header: _Header) -> bytes:
    """Return the header's one byte form: its JSON, in the order of its fields, without spaces."""
    return header.model_dump_json().encode("ascii")
