"""The two signature algorithms of ndau, each behind the same few operations on plain bytes.

Ed25519 signs the message itself. secp256k1 signs SHA-256 of it, with the deterministic nonce of RFC 6979, as DER with
the lower of the two possible S: so a signature is a function of key and message, and has one form.
"""

from enum import IntEnum
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.domain.errors import InvalidInput

_SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_SEED_LENGTH = 32


class Algorithm(IntEnum):
    """The algorithms by the numbers that ndau's text forms carry."""

    ED25519 = 1
    SECP256K1 = 2

    def __str__(self) -> str:
        return self.name.lower()


class Operations(Protocol):
    """What an algorithm can do; keys and signatures are the raw bytes inside ndau's text forms."""

    private_length: int
    public_length: int

    def generate(self) -> bytes:
        """Return a new private key."""
        ...

    def public_key(self, private: bytes) -> bytes:
        """Return the public key of a private one, or raise InvalidInput when it is none."""
        ...

    def check_public(self, public: bytes) -> None:
        """Raise InvalidInput when the bytes, of the right length, are no public key."""
        ...

    def check_signature(self, signature: bytes) -> None:
        """Raise InvalidInput when the bytes are not the one form of a signature."""
        ...

    def sign(self, private: bytes, message: bytes) -> bytes:
        """Return the signature of a message."""
        ...

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Return whether the signature is that key's for that message."""
        ...


class _Ed25519:
    private_length = 64
    public_length = 32

    def generate(self) -> bytes:
        key = ed25519.Ed25519PrivateKey.generate()
        return key.private_bytes_raw() + key.public_key().public_bytes_raw()

    def public_key(self, private: bytes) -> bytes:
        key = ed25519.Ed25519PrivateKey.from_private_bytes(private[:_SEED_LENGTH])
        public = key.public_key().public_bytes_raw()
        if public != private[_SEED_LENGTH:]:
            raise InvalidInput("the two halves of the Ed25519 private key do not belong together; restore the key file")
        return public

    def check_public(self, public: bytes) -> None:
        ed25519.Ed25519PublicKey.from_public_bytes(public)

    def check_signature(self, signature: bytes) -> None:
        if len(signature) != 64:  # noqa: PLR2004  RFC 8032
            raise InvalidInput(f"the Ed25519 signature has {len(signature)} bytes; expected 64")

    def sign(self, private: bytes, message: bytes) -> bytes:
        return ed25519.Ed25519PrivateKey.from_private_bytes(private[:_SEED_LENGTH]).sign(message)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class _Secp256k1:
    private_length = 32
    public_length = 33

    def generate(self) -> bytes:
        return ec.generate_private_key(ec.SECP256K1()).private_numbers().private_value.to_bytes(self.private_length)

    def public_key(self, private: bytes) -> bytes:
        return _secp256k1_private(private).public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def check_public(self, public: bytes) -> None:
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), public)
        except ValueError as error:
            raise InvalidInput("the public key is no point of secp256k1; expected 33 compressed bytes") from error

    def check_signature(self, signature: bytes) -> None:
        try:
            r, s = decode_dss_signature(signature)
        except ValueError as error:
            raise InvalidInput("the secp256k1 signature is not DER; expected a sequence of two integers") from error
        if not (0 < r < _SECP256K1_ORDER and 0 < s <= _SECP256K1_ORDER // 2):
            raise InvalidInput("the secp256k1 signature is out of range; expected R in the curve's order and a low S")
        if encode_dss_signature(r, s) != signature:
            raise InvalidInput("the secp256k1 signature is not in its shortest DER form")

    def sign(self, private: bytes, message: bytes) -> bytes:
        signature = _secp256k1_private(private).sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(signature)
        return encode_dss_signature(r, min(s, _SECP256K1_ORDER - s))

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), public)
        try:
            key.verify(signature, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def _secp256k1_private(private: bytes) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(private)
    if not 0 < number < _SECP256K1_ORDER:
        raise InvalidInput("the private key is out of secp256k1's range; restore the key file")
    return ec.derive_private_key(number, ec.SECP256K1())


OPERATIONS: dict[Algorithm, Operations] = {Algorithm.ED25519: _Ed25519(), Algorithm.SECP256K1: _Secp256k1()}


def algorithm_of(number: int) -> Algorithm:
    """Return the algorithm with a number.

    Raises:
        InvalidInput: there is none.
    """
    try:
        return Algorithm(number)
    except ValueError as error:
        raise InvalidInput(f"the algorithm's number is {number}; expected 1 (Ed25519) or 2 (secp256k1)") from error
