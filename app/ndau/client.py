"""The ndau blockchain, as the services see it (the Chain port), through a node's HTTP API."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from itertools import takewhile
from typing import TypeVar
from urllib.parse import quote

import requests

from app.crash_points import around
from app.domain.errors import ChainRejected, ChainUnavailable, InvalidInput, OutcomeUnknown, SequencePassed
from app.ndau.answers import (
    ISSUER_VARIABLE,
    IndexedIssue,
    NodeVersion,
    Unreadable,
    issue_of,
    parse_json,
    read_account,
    read_health,
    read_index_page,
    read_issue,
    read_issuer_address,
    read_refusal,
    read_submitted,
    read_supply,
    read_version,
)
from app.ndau.keys import PublicKey, Signature
from app.ndau.masking import masked
from app.ndau.node import Node, Reply
from app.ndau.transactions import Issue
from app.ports.chain import ChainAccount, ChainSupply, ChainTransaction
from app.ports.observer import CallWatch, unwatched

logger = logging.getLogger(__name__)

_Read = TypeVar("_Read")

_DONE: dict[int, int] = {HTTPStatus.OK: 0, HTTPStatus.ACCEPTED: 1002}
"""Committed, or already committed before: the code that belongs to each good status of a submit."""

_LOGGED_CHARACTERS = 500
_ISSUER_ADDRESS_SECONDS = 300.0
_PAGE_LENGTH = 100
_MOST_PAGES = 10_000

_SEQUENCE_PASSED = "sequence too low"

_NO_REFUSALS = ("timed out", "timeout", "already exists in cache")
"""What Tendermint, below the node, says of a transaction that it took and that may still be applied."""


class NdauChain:
    """The Chain port over one node.

    Attributes:
        url: of a node, such as "https://mainnet-0.example:3030"; plain http only on this machine.
        timeout_seconds: how long one call may take in all; submitting waits for a block, which takes some seconds.
        session: for tests and special networks; by default each thread has its own, which repeats nothing.

    Raises:
        InvalidInput: the url or the timeout is wrong.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = 10.0,
        session: requests.Session | None = None,
        watch: CallWatch = unwatched,
    ) -> None:
        self._node = Node(url, timeout_seconds=timeout_seconds, session=session)
        self._watch = watch
        self._issuer: tuple[str, float] | None = None

    def supply(self) -> ChainSupply:
        """Return how much is issued and released at the last block."""
        return self._read(read_supply, "/price/current")

    def issuer_account(self) -> ChainAccount:
        """Return the account whose keys sign Issue transactions, as it stands at the last block."""
        address = self._issuer_address()
        return self._read(lambda document: read_account(document, address), f"/account/account/{address}")

    def issue_hash(self, quantity_napu: int, sequence: int) -> str:
        """Return the hash of an Issue transaction; needs no connection."""
        return Issue(quantity_napu, sequence).hash()

    def transaction(self, tx_hash: str) -> ChainTransaction | None:
        """Return an Issue from the index, or None: not there, or the index lags behind."""

        def read(document: object) -> ChainTransaction | None:
            if document is None:
                return None
            found = read_issue(document).transaction
            if found.tx_hash != tx_hash:
                raise Unreadable(f"the transaction's hash is {found.tx_hash}; {tx_hash} was asked for")
            return found

        return self._read(read, f"/transaction/detail/{quote(tx_hash, safe='')}")

    def issue_with_sequence(self, sequence: int) -> ChainTransaction | None:
        """Return the Issue that the index holds for this sequence of the issuer's account, or None.

        An Issue does not name its account, and the account may have been another one once, with sequences of its
        own: so an Issue counts only if one of the account's present keys signed it. None proves nothing.
        """
        keys = _parsed_keys(self.issuer_account().validation_keys)
        for issue in self.issues():
            if issue.transaction.sequence == sequence and _is_signed_by_any(keys, issue):
                return issue.transaction
            if issue.transaction.sequence < sequence:
                return None
        return None

    def issues_after(self, sequence: int) -> Sequence[ChainTransaction]:
        """Return the Issues that the index holds with a higher sequence, whoever signed them, oldest first.

        The index may lag behind the account's sequence and the supply.
        """
        later = takewhile(lambda issue: issue.transaction.sequence > sequence, self.issues())
        return [issue.transaction for issue in later][::-1]

    def issues(self) -> Iterator[IndexedIssue]:
        """Yield the Issues that the index holds, newest first, whoever signed them; not more than a million of them.

        Raises:
            ChainUnavailable: the node does not answer; what was yielded before stands.
        """
        page_start = "start"
        for _ in range(_MOST_PAGES):
            page = self._read(
                read_index_page,
                f"/transaction/before/{quote(page_start, safe='')}",
                {"type": "Issue", "limit": str(_PAGE_LENGTH)},
            )
            yield from page.issues
            if not page.next_hash:
                return
            page_start = page.next_hash
        logger.warning("only the newest %d Issues were looked at", _MOST_PAGES * _PAGE_LENGTH)

    def submit_issue(self, quantity_napu: int, sequence: int, signatures: Sequence[str]) -> None:
        """Submit an Issue and wait for its commit; one that was already committed counts as done.

        A refusal speaks of this submission. "sequence too low" may be said of an Issue that an earlier submission has
        applied, while the node's index does not show it yet: look it up by its hash before anything else is done.

        Raises:
            ChainUnavailable: no connection could be opened; nothing was sent.
            OutcomeUnknown: a timeout, a lost connection, a failure of the node or an answer that cannot be read; it
                may have been applied.
            SequencePassed: the account's sequence has passed this one; see above.
            ChainRejected: refused, in the chain's own words.
            InvalidInput: quantity or sequence is out of range; nothing was sent.
        """
        issue = Issue(quantity_napu, sequence)
        with self._watch("submit"):
            self._submit(issue, signatures)

    def _submit(self, issue: Issue, signatures: Sequence[str]) -> None:
        with around("send: submit"):
            reply = self._node.post("/tx/submit/Issue", issue.to_json(signatures))
        try:
            _check_submitted(reply, issue)
        except Unreadable as error:
            self._log_unreadable("POST /tx/submit/Issue", reply, error)
            raise OutcomeUnknown(
                f"the node answered {reply.status} to Issue {issue.hash()}, and its fate is not known: {error}"
            ) from error

    def version(self) -> NodeVersion:
        """Return what the node runs and for which network."""
        return self._read(read_version, "/version")

    def health(self) -> str:
        """Return the node's own word on its health; "Ok" is the good one."""
        return self._read(read_health, "/node/health")

    def _issuer_address(self) -> str:
        if self._issuer is None or time.monotonic() > self._issuer[1]:
            address = self._read(read_issuer_address, f"/system/get/{ISSUER_VARIABLE}")
            self._issuer = (address, time.monotonic() + _ISSUER_ADDRESS_SECONDS)
            return address
        return self._issuer[0]

    def _read(self, read: Callable[[object], _Read], path: str, query: dict[str, str] | None = None) -> _Read:
        with self._watch(_operation(path)):
            return self._read_unwatched(read, path, query)

    def _read_unwatched(self, read: Callable[[object], _Read], path: str, query: dict[str, str] | None) -> _Read:
        reply = self._node.get(path, query)
        try:
            document = parse_json(reply.body)
            if reply.status != HTTPStatus.OK:
                raise ChainUnavailable(
                    f"GET {self._node.url}{path}: the node answered {reply.status}: {masked(read_refusal(document))}"
                )
            return read(document)
        except Unreadable as error:
            self._log_unreadable(f"GET {path}", reply, error)
            raise ChainUnavailable(
                f"GET {self._node.url}{path}: the node's answer ({reply.status}) cannot be read: {masked(str(error))}"
            ) from error

    def _log_unreadable(self, call: str, reply: Reply, error: Unreadable) -> None:
        body = masked(reply.body.decode("utf-8", errors="replace"))[:_LOGGED_CHARACTERS]
        logger.warning(
            "%s at %s: %s; the node answered %d: %r", call, self._node.url, masked(str(error)), reply.status, body
        )


def _operation(path: str) -> str:
    """Return what a path asks for, without whose: "account/account" of "/account/account/nd..."."""
    return "/".join(path.split("/")[1:3])


def _check_submitted(reply: Reply, issue: Issue) -> None:
    document = parse_json(reply.body)
    if reply.status == HTTPStatus.BAD_REQUEST:
        words = masked(read_refusal(document))
        if any(phrase in words.lower() for phrase in _NO_REFUSALS):
            raise Unreadable(f"the node gave up waiting: {words}")
        kind = SequencePassed if _SEQUENCE_PASSED in words.lower() else ChainRejected
        raise kind(f"the chain refused Issue {issue.hash()}: {words}")
    if reply.status not in _DONE:
        raise Unreadable(masked(read_refusal(document)))
    tx_hash, code = read_submitted(document)
    if tx_hash != issue.hash() or code != _DONE[reply.status]:
        raise Unreadable(f"it confirms {tx_hash} with code {code}; expected {issue.hash()} and {_DONE[reply.status]}")


def _parsed_keys(texts: Sequence[str]) -> list[PublicKey]:
    keys = []
    for text in texts:
        try:
            keys.append(PublicKey.parse(text))
        except InvalidInput as error:
            # The chain may know kinds of keys that we do not; such a key signs nothing that we could check.
            logger.warning("the issuer's account has a key that cannot be read: %s", error)
    return keys


def _is_signed_by_any(keys: Sequence[PublicKey], issue: IndexedIssue) -> bool:
    message = issue_of(issue.transaction).signable_bytes()
    for text in issue.signatures:
        try:
            signature = Signature.parse(text)
        except InvalidInput as error:
            logger.warning("Issue %s has a signature that cannot be read: %s", issue.transaction.tx_hash, error)
            continue
        if any(key.verify(message, signature) for key in keys):
            return True
    return False
