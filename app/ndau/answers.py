"""Reads a node's answers, strictly: what is not exactly as ndau's API documents it is unreadable, never guessed."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.ndau.addresses import parse_address
from app.ndau.transactions import Issue
from app.ports.chain import ChainAccount, ChainSupply, ChainTransaction

ISSUER_VARIABLE = "ReleaseFromEndowmentAddress"
"""The system variable that names the account whose keys sign Issue transactions."""


_LONGEST_TEXT = 1_000
_LONGEST_SHOWN = 200


class Unreadable(Exception):
    """An answer is not what ndau's API documents; what it means is unknown."""


@dataclass(frozen=True, slots=True)
class NodeVersion:
    """What a node runs, and for which network ("mainnet", "testnet", ...)."""

    version: str
    revision: str
    network: str


@dataclass(frozen=True, slots=True)
class IndexedIssue:
    """An Issue from the index, with the text forms of its signatures."""

    transaction: ChainTransaction
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Some Issues, newest first, and the hash that continues behind them, or "" at the end."""

    issues: tuple[IndexedIssue, ...]
    next_hash: str


def parse_json(body: bytes) -> object:
    """Read a JSON text; numbers that are no integers become Decimal."""
    try:
        document: object = json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        # Arithmetic: an exponent that not even Decimal can hold.
        raise Unreadable(f"the answer is no JSON: {error}") from error
    return document


def read_supply(document: object) -> ChainSupply:
    """Read the answer of /price/current."""
    return ChainSupply(
        issued_napu=_integer(document, "totalIssued"),
        released_napu=_integer(document, "totalReleased"),
    )


def read_issuer_address(document: object) -> str:
    """Read the answer of /system/get; nodes give the address in a list or bare."""
    value = document if isinstance(document, str) else _field(document, ISSUER_VARIABLE)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        raise Unreadable(f"{ISSUER_VARIABLE} is {_shown(value)}; expected one address")
    try:
        return parse_address(value)
    except InvalidInput as error:
        raise Unreadable(f"{ISSUER_VARIABLE} is {_shown(value)}: {error}") from error


def read_account(document: object, address: str) -> ChainAccount:
    """Read the answer of /account/account; no account is unreadable too, as the issuer's must exist."""
    if document == {}:
        raise Unreadable(f"the chain has no account {address}")
    account = _field(document, address)
    return ChainAccount(
        address=address,
        sequence=_integer(account, "sequence"),
        validation_keys=_texts(account, "validationKeys"),
    )


def read_issue(document: object) -> IndexedIssue:
    """Read one transaction of the index; it must be an Issue, and its hash must be that of what it says."""
    kind, data = _field(document, "TxType"), _field(document, "TxData")
    if kind != "Issue":
        raise Unreadable(f"the transaction is of type {_shown(kind)}; expected Issue")
    transaction = ChainTransaction(
        tx_hash=_text(document, "TxHash"),
        block_height=_integer(document, "BlockHeight"),
        quantity_napu=_integer(data, "qty"),
        sequence=_integer(data, "sequence"),
    )
    if issue_of(transaction).hash() != transaction.tx_hash:
        raise Unreadable(f"the transaction's hash {transaction.tx_hash} is not that of its quantity and sequence")
    return IndexedIssue(transaction, _texts(data, "signatures"))


def issue_of(transaction: ChainTransaction) -> Issue:
    """Return the Issue that a transaction is."""
    try:
        return Issue(transaction.quantity_napu, transaction.sequence)
    except InvalidInput as error:
        raise Unreadable(str(error)) from error


def read_index_page(document: object) -> IndexPage:
    """Read one page of /transaction/before; ndau writes an empty list as null."""
    transactions = _field(document, "Txs")
    if not isinstance(transactions, list | None):
        raise Unreadable("Txs is no list")
    return IndexPage(tuple(read_issue(each) for each in transactions or ()), _text(document, "NextTxHash"))


def read_version(document: object) -> NodeVersion:
    """Read the answer of /version."""
    return NodeVersion(
        version=_text(document, "NdauVersion"), revision=_text(document, "NdauSha"), network=_text(document, "Network")
    )


def read_health(document: object) -> str:
    """Read the answer of /node/health; "Ok" is the good one."""
    return _text(_field(document, "Ndau"), "Status")


def read_submitted(document: object) -> tuple[str, int]:
    """Read the good answers of /tx/submit: the hash and the code."""
    return _text(document, "hash"), _integer(document, "code")


def read_refusal(document: object) -> str:
    """Read the words of an error body."""
    if not isinstance(document, dict):
        raise Unreadable("the error's body is no object")
    words = [document[name] for name in ("msg", "err", "log") if isinstance(document.get(name), str) and document[name]]
    if not words:
        raise Unreadable("the error's body has no words in msg, err or log")
    # The words end up in logs and the ledger, which do not take every character.
    return "".join(each if each.isprintable() else "?" for each in "; ".join(words)[:_LONGEST_TEXT])


def _field(document: object, name: str) -> object:
    if not isinstance(document, dict) or name not in document:
        raise Unreadable(f"{name} is missing")
    value: object = document[name]
    return value


def _integer(document: object, name: str) -> int:
    value = _field(document, name)
    if type(value) is not int or not 0 <= value <= MAX_AMOUNT:
        raise Unreadable(f"{name} is {_shown(value)}; expected an integer from 0 to {MAX_AMOUNT}")
    return value


def _text(document: object, name: str) -> str:
    value = _field(document, name)
    if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST_TEXT:
        # JSON can spell halves of characters, which no URL, log or database takes.
        raise Unreadable(f"{name} is {_shown(value)}; expected printable text")
    return value


def _texts(document: object, name: str) -> tuple[str, ...]:
    value = _field(document, name)
    if not isinstance(value, list | None) or not all(
        isinstance(each, str) and each.isprintable() for each in value or ()
    ):
        raise Unreadable(f"{name} is no list of printable texts")
    return tuple(value or ())


def _shown(value: object) -> str:
    return repr(value)[:_LONGEST_SHOWN]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
