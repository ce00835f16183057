"""Who is speaking: each side proves that it holds the key that the other one knows beforehand.

What is signed is the label, then one nonce, then the other, as raw bytes with nothing between them:

    client   b"meic-sign.v1 client" + service's nonce + client's nonce
    service  b"meic-sign.v1 service" + client's nonce + service's nonce

The labels keep one side's signature from being played back as the other's; the nonces, 32 fresh random bytes a
connection, keep an old connection's from being played again.
"""

import secrets
from collections.abc import Collection, Sequence

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey, PublicKey, Signature
from app.signing.frames import NONCE_BYTES, Auth, Hello, Ready

SUBPROTOCOL = "meic-sign.v1"

_CLIENT_LABEL = b"meic-sign.v1 client"
_SERVICE_LABEL = b"meic-sign.v1 service"


class HandshakeFailed(Exception):
    """The other side is not who it should be; the connection is closed."""


class ServiceHandshake:
    """The service's side of one connection."""

    def __init__(self, service_key: PrivateKey, client_keys: Collection[PublicKey]) -> None:
        self._service_key = service_key
        self._client_keys = client_keys
        self._nonce = secrets.token_bytes(NONCE_BYTES)

    def hello(self) -> Hello:
        """Return the first message."""
        return Hello(nonce=self._nonce, service_key=str(self._service_key.public_key()))

    def client_of(self, auth: Auth) -> PublicKey:
        """Return who the client is.

        Raises:
            HandshakeFailed: it is none of the clients, or cannot prove it.
        """
        client_key = _parse_key(auth.client_key)
        if client_key not in self._client_keys:
            raise HandshakeFailed(f"the client key {client_key} is not among those allowed")
        if not _is_signed(client_key, _CLIENT_LABEL + self._nonce + auth.nonce, auth.signature):
            raise HandshakeFailed(f"the signature is not one by the client key {client_key} for this connection")
        return client_key

    def ready(self, auth: Auth, keys: Sequence[PublicKey]) -> Ready:
        """Return the proof for the client, and the keys that can sign."""
        proof = self._service_key.sign(_SERVICE_LABEL + auth.nonce + self._nonce)
        return Ready(signature=str(proof), keys=tuple(str(key) for key in keys))


class ClientHandshake:
    """The client's side of one connection."""

    def __init__(self, client_key: PrivateKey, service_key: PublicKey) -> None:
        self._client_key = client_key
        self._service_key = service_key
        self._nonce = secrets.token_bytes(NONCE_BYTES)
        self._service_nonce = b""

    def auth(self, hello: Hello) -> Auth:
        """Return the proof for the service.

        Raises:
            HandshakeFailed: the service calls itself by another key than ours for it.
        """
        if _parse_key(hello.service_key) != self._service_key:
            raise HandshakeFailed(f"the service's key is {hello.service_key}; expected {self._service_key}")
        self._service_nonce = hello.nonce
        proof = self._client_key.sign(_CLIENT_LABEL + hello.nonce + self._nonce)
        return Auth(client_key=str(self._client_key.public_key()), nonce=self._nonce, signature=str(proof))

    def check(self, ready: Ready) -> None:
        """Return when the service has proven who it is.

        Raises:
            HandshakeFailed: it has not.
        """
        if not _is_signed(self._service_key, _SERVICE_LABEL + self._nonce + self._service_nonce, ready.signature):
            raise HandshakeFailed(f"the signature is not one by the service's key {self._service_key}")


def _parse_key(text: str) -> PublicKey:
    try:
        return PublicKey.parse(text)
    except InvalidInput as error:
        raise HandshakeFailed(f"the other side's key is none: {error}") from error


def _is_signed(key: PublicKey, message: bytes, signature: str) -> bool:
    try:
        return key.verify(message, Signature.parse(signature))
    except InvalidInput:
        return False
