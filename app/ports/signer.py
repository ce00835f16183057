"""What is asked of the signing service."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignedIssue:
    """The signing service's answer."""

    tx_hash: str
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedBefore:
    """A transaction that the signing service has signed at some time; whether it was ever submitted it does not know."""

    quantity_napu: int
    sequence: int
    tx_hash: str


class Signer(Protocol):
    """The signing service."""

    def sign_issue(self, quantity_napu: int, sequence: int, keys: Sequence[str]) -> SignedIssue:
        """Have an Issue signed with the account's validation keys that the service holds.

        Asking again for the same transaction is safe and gives the same answer.

        Raises:
            SignerUnavailable: not connected, or no answer in time.
            SignerRefused: the policy forbids it; `code` says which rule.
        """
        ...

    def recall(self, after_sequence: int) -> Sequence[SignedBefore]:
        """Return all it ever signed with a sequence above this one (0 for everything), ascending; signs nothing.

        Works while signing is halted too.

        Raises:
            SignerUnavailable: not connected, no answer in time, or the service is too old to know what is asked.
        """
        ...
