"""The one transaction the coordinator makes: Issue."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.ndau.keys import Signature


@dataclass(frozen=True, slots=True)
class Issue:
    """Issue new ndau that a target price sale has sold.

    Attributes:
        qty: in napu, 1 to 2^63-1.
        sequence: of the issuer's account, 1 to 2^63-1; above the account's at the time it is applied.

    Raises:
        InvalidInput: a value is out of range or no integer.
    """

    qty: int
    sequence: int

    def __post_init__(self) -> None:
        for name, number in (("qty", self.qty), ("sequence", self.sequence)):
            if type(number) is not int or not 1 <= number <= MAX_AMOUNT:
                raise InvalidInput(f"an Issue's {name} is {number!r}; expected an integer from 1 to {MAX_AMOUNT}")

    def signable_bytes(self) -> bytes:
        """Return what its signatures sign: the fields in the order of their names, 8 bytes big-endian each."""
        return self.qty.to_bytes(8) + self.sequence.to_bytes(8)

    def hash(self) -> str:
        """Return the transaction's hash; it depends on no signature, so it is known before there is one."""
        # MD5 is the chain's choice of name for a transaction; its signatures, not this, protect it.
        digest = hashlib.md5(self.signable_bytes(), usedforsecurity=False).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    def to_json(self, signatures: Iterable[Signature | str]) -> dict[str, object]:
        """Return the object that a node's API takes, with the signatures (or their text forms) in it."""
        return {"qty": self.qty, "sequence": self.sequence, "signatures": [str(each) for each in signatures]}
