"""What the client believes of the service's answers: only what it can check itself."""

from collections.abc import Sequence
from itertools import pairwise

from app.domain.errors import InvalidInput, SignerUnavailable
from app.ndau.keys import PublicKey, Signature
from app.ndau.transactions import Issue
from app.ports.signer import SignedBefore, SignedIssue
from app.signing.frames import Recalled, Signed


def checked_signatures(issue: Issue, keys: Sequence[PublicKey], answer: Signed) -> SignedIssue:
    """Return the answer when each signature is one of a key of its own for this transaction.

    Raises:
        SignerUnavailable: it is not; what the service signed, if anything, is of no use.
    """
    if answer.tx_hash != issue.hash():
        raise SignerUnavailable(f"the signing service signed {answer.tx_hash}; expected {issue.hash()}")
    # Each key once: a signature that comes twice would be refused by the blockchain.
    unused = list(dict.fromkeys(keys))
    for text in answer.signatures:
        signer = _signer_of(issue, unused, text)
        if signer is None:
            raise SignerUnavailable("the signing service answered with a signature of none of the keys asked for")
        unused.remove(signer)
    return SignedIssue(tx_hash=answer.tx_hash, signatures=answer.signatures)


def checked_memory(after: int, answer: Recalled) -> list[SignedBefore]:
    """Return what was signed, each with its hash, when the sequences rise from above `after`.

    Raises:
        SignerUnavailable: they do not, or there is said to be more behind nothing.
    """
    issues = [Issue(each.qty, each.sequence) for each in answer.transactions]
    sequences = [after, *(issue.sequence for issue in issues)]
    if any(low >= high for low, high in pairwise(sequences)):
        raise SignerUnavailable(f"the signing service recalled sequences that do not rise from above {after}")
    if answer.more and not issues:
        raise SignerUnavailable("the signing service recalled nothing, and more; expected at least one transaction")
    return [SignedBefore(issue.qty, issue.sequence, issue.hash()) for issue in issues]


def _signer_of(issue: Issue, keys: Sequence[PublicKey], text: str) -> PublicKey | None:
    try:
        signature = Signature.parse(text)
    except InvalidInput:
        return None
    return next((key for key in keys if key.verify(issue.signable_bytes(), signature)), None)
