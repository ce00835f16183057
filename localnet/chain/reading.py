"""Reads transactions as they are posted: what ndau's JSON decoder would refuse is refused here."""

import json
from decimal import Decimal

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.ndau.keys import Signature
from app.ndau.transactions import Issue
from localnet.chain.rules import Refused, SignedIssue


class Malformed(Exception):
    """The body is no Issue transaction."""


def read_signed_issue(body: bytes) -> SignedIssue:
    """Read the body of /tx/submit/Issue.

    Raises:
        Malformed: it is no JSON of an Issue.
        Refused: it is one that no chain ever takes.
    """
    try:
        document = json.loads(body.decode("utf-8"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON: {error}") from error
    if not isinstance(document, dict):
        raise Malformed("no JSON object")
    quantity_napu, sequence = _integer(document, "qty"), _integer(document, "sequence")
    signatures = _signatures(document.get("signatures") or [])
    if quantity_napu <= 0:
        raise Refused("Issue qty may not be <= 0")
    if sequence <= 0:
        raise Refused("sequence too low")
    return SignedIssue(Issue(quantity_napu, sequence), signatures)


def _integer(document: dict[str, object], name: str) -> int:
    # Go's decoder takes a field that is missing as 0.
    value = document.get(name, 0)
    if type(value) is not int or abs(value) > MAX_AMOUNT:
        raise Malformed(f"{name} is {value!r}; expected a 64-bit integer")
    return value


def _signatures(texts: object) -> tuple[Signature, ...]:
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Malformed("signatures is no list of texts")
    try:
        return tuple(Signature.parse(text) for text in texts)
    except InvalidInput as error:
        raise Malformed(f"a signature is wrong: {error}") from error
