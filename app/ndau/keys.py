"""ndau's keys, signatures and addresses, as text and as what they can do."""

from dataclasses import dataclass, field
from typing import NoReturn, Self

from app.domain.errors import InvalidInput
from app.ndau.addresses import address_of
from app.ndau.algorithms import OPERATIONS, Algorithm, algorithm_of
from app.ndau.encoding import Packed, decode, encode

_PUBLIC_PREFIX = "npub"
_PRIVATE_PREFIX = "npvt"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature: `str()` is its text form.

    Attributes:
        data: 64 bytes for Ed25519, DER with a low S for secp256k1.
    """

    algorithm: Algorithm
    data: bytes

    def __post_init__(self) -> None:
        OPERATIONS[self.algorithm].check_signature(self.data)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a signature's text form.

        Raises:
            InvalidInput: it is none; the message says why.
        """
        packed = decode(text)
        return cls(algorithm_of(packed.algorithm), packed.data)

    def __str__(self) -> str:
        return encode(Packed(self.algorithm, self.data))


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: `str()` is its "npub" text.

    Attributes:
        data: 32 bytes for Ed25519, 33 (a compressed point) for secp256k1.
        extra: what a wallet keeps beside the key to derive others from it. It takes no part in signing, verifying or
            addresses, so two keys that differ only here are equal.
    """

    algorithm: Algorithm
    data: bytes
    extra: bytes = field(default=b"", compare=False)

    def __post_init__(self) -> None:
        operations = OPERATIONS[self.algorithm]
        if len(self.data) != operations.public_length:
            raise InvalidInput(
                f"the {self.algorithm} public key has {len(self.data)} bytes; expected {operations.public_length}"
            )
        operations.check_public(self.data)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a public key's "npub" text.

        Raises:
            InvalidInput: it is none; the message says why.
        """
        return cls(*_parse_key(text, _PUBLIC_PREFIX))

    def verify(self, message: bytes, signature: Signature) -> bool:
        """Return whether the signature is this key's for the message."""
        return signature.algorithm is self.algorithm and OPERATIONS[self.algorithm].verify(
            self.data, message, signature.data
        )

    def __str__(self) -> str:
        return _key_text(_PUBLIC_PREFIX, self.algorithm, self.data, self.extra)


class PrivateKey:
    """A private key.

    Only `str(key)` (so also "%s") gives its secret "npvt" text, for writing a key file. `repr`, f-strings and
    `format` show the public key instead, and pickling and copying are refused: the secret leaves on purpose or not.
    """

    __slots__ = ("__data", "__extra", "__public")

    def __init__(self, algorithm: Algorithm, data: bytes, extra: bytes = b"") -> None:
        operations = OPERATIONS[algorithm]
        if len(data) != operations.private_length:
            raise InvalidInput(
                f"the {algorithm} private key has {len(data)} bytes; expected {operations.private_length}"
            )
        self.__data, self.__extra = data, extra
        self.__public = PublicKey(algorithm, operations.public_key(data), extra)

    @classmethod
    def generate(cls, algorithm: Algorithm = Algorithm.ED25519) -> Self:
        """Return a new key from the operating system's randomness."""
        return cls(algorithm, OPERATIONS[algorithm].generate())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a private key's "npvt" text.

        Raises:
            InvalidInput: it is none; the message says why, and never shows the text.
        """
        return cls(*_parse_key(text, _PRIVATE_PREFIX))

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm it signs with."""
        return self.__public.algorithm

    def public_key(self) -> PublicKey:
        """Return the key that verifies what this one signs."""
        return self.__public

    def sign(self, message: bytes) -> Signature:
        """Sign a message; the same message always gets the same signature."""
        return Signature(self.algorithm, OPERATIONS[self.algorithm].sign(self.__data, message))

    def __str__(self) -> str:
        return _key_text(_PRIVATE_PREFIX, self.algorithm, self.__data, self.__extra)

    def __repr__(self) -> str:
        return f"<PrivateKey of {self.__public}>"

    def __format__(self, specification: str) -> str:
        return format(repr(self), specification)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a private key is not pickled or copied; write str(key) to a key file if that is the intent")


def address(kind: str, public_key: PublicKey) -> str:
    """Return the 48-character address of a kind: a user, n ndau, e endowment, x exchange, b bpc, m market maker.

    Raises:
        InvalidInput: there is no such kind.
    """
    return address_of(kind, public_key.data)


def _parse_key(text: str, prefix: str) -> tuple[Algorithm, bytes, bytes]:
    if not text.startswith(prefix):
        raise InvalidInput(f"the key does not start with {prefix!r}; expected the text form of an ndau key")
    try:
        packed = decode(text.removeprefix(prefix))
    except InvalidInput as error:
        raise InvalidInput(f"the {prefix} key is wrong: {error}") from None
    length = packed.data[0] if packed.data else 0
    if len(packed.data) < 1 + length:
        raise InvalidInput(f"the {prefix} key is cut: it declares {length} bytes and holds {len(packed.data) - 1}")
    return algorithm_of(packed.algorithm), packed.data[1 : 1 + length], packed.data[1 + length :]


def _key_text(prefix: str, algorithm: Algorithm, data: bytes, extra: bytes) -> str:
    return prefix + encode(Packed(algorithm, bytes([len(data)]) + data + extra))
