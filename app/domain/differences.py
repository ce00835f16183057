"""Where the ledger and the world outside do not say the same."""

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """What was compared."""

    CHAIN = "chain"
    """The chain's total against ours and all that others issued."""

    ISSUANCE = "issuance"
    FILL = "fill"
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the ledger and the other side differ.

    Attributes:
        where: the exchange, or "chain".
        which: the id of what differs, in the other side's words.
        ledger: what the ledger says, "" when it has nothing of it.
        other: what the other side says, "" when it has nothing of it.
        is_money: whether it could mean that something is lost or issued twice; what is on offer is mended by publishing.
    """

    subject: Subject
    where: str
    which: str
    ledger: str
    other: str
    is_money: bool
