"""The messages of the signing protocol: one JSON object in one text frame each, and nothing else is accepted.

    client                                  service
       |  <-------------------------- Hello    |     a fresh nonce and the service's key
       |  Auth ---------------------------->   |     a fresh nonce and a signature over both
       |  <-------------------------- Ready    |     a signature over both, and the keys it signs with
       |  Sign ---------------------------->   |
       |  <---------------- Signed | Refused   |     any number of times
       |  Recall -------------------------->   |
       |  <-------------- Recalled | Refused   |     any number of times

Reading is strict: an unknown field, a number as text, `true` for 1 or 1.0 for 1 are all refused.
"""

from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.signing.base64_text import Base64
from app.signing.one_line import one_line

MAX_FRAME_BYTES = 64 * 1024
NONCE_BYTES = 32

MAX_RECALLED = 500
"""Transactions in one Recalled: twice as many of the longest would still fit a frame."""

_MAX_KEYS = 64
_LONGEST_COMPLAINT = 200
_LONGEST_SIGNED_TEXT = 1024


Amount = Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
Nonce = Annotated[Base64, Field(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
Text = Annotated[str, Field(min_length=1, max_length=_LONGEST_SIGNED_TEXT)]
Keys = Annotated[tuple[Text, ...], Field(min_length=1, max_length=_MAX_KEYS)]
RefusalCode = Literal["limit_exceeded", "sequence_conflict", "unknown_key", "bad_request", "halted"]


class FrameInvalid(InvalidInput):
    """A message that the protocol does not have; whoever sent it must be mended or is not who it should be."""


class _Frame(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    def text(self) -> str:
        """Return the message as it goes over the wire."""
        return self.model_dump_json()


class Hello(_Frame):
    """The service's first message."""

    type: Literal["hello"] = "hello"
    nonce: Nonce
    service_key: Text


class Auth(_Frame):
    """The client proves who it is."""

    type: Literal["auth"] = "auth"
    client_key: Text
    nonce: Nonce
    signature: Text


class Ready(_Frame):
    """The service proves who it is, and lists the public keys it can sign with."""

    type: Literal["ready"] = "ready"
    signature: Text
    keys: Keys


class IssueFields(_Frame):
    """What an Issue transaction consists of: napu, and the issuer account's sequence; both 1 to 2^63-1."""

    qty: Amount
    sequence: Amount


class Sign(_Frame):
    """Asks for signatures on a transaction, by those of the keys that the service holds."""

    type: Literal["sign"] = "sign"
    id: UUID
    tx_type: Literal["Issue"]
    tx: IssueFields
    keys: Keys


class Signed(_Frame):
    """The signatures, in the order of the keys asked for, keys that the service does not hold left out."""

    type: Literal["signed"] = "signed"
    id: UUID
    tx_hash: Text
    signatures: Keys


class Refused(_Frame):
    """The transaction will not be signed; `code` names the rule."""

    type: Literal["refused"] = "refused"
    id: UUID
    code: RefusalCode
    message: str


class Recall(_Frame):
    """Asks for what was signed with a sequence above `after`."""

    type: Literal["recall"] = "recall"
    id: UUID
    after: Annotated[int, Field(ge=0, le=MAX_AMOUNT)]


class Recalled(_Frame):
    """The first of them, ascending by sequence; `more` says that there are further ones behind the last."""

    type: Literal["recalled"] = "recalled"
    id: UUID
    transactions: Annotated[tuple[IssueFields, ...], Field(max_length=MAX_RECALLED)]
    more: bool


class _Request(BaseModel):
    """As much of a request as an answer to it needs."""

    type: Literal["sign", "recall"]
    id: UUID


_AnyFrame = TypeVar("_AnyFrame")

FromClient = Auth | Sign | Recall
FromService = Hello | Ready | Signed | Recalled | Refused

_FROM_CLIENT: TypeAdapter[FromClient] = TypeAdapter(Annotated[FromClient, Field(discriminator="type")])
_FROM_SERVICE: TypeAdapter[FromService] = TypeAdapter(Annotated[FromService, Field(discriminator="type")])


def parse_from_client(text: str | bytes) -> FromClient:
    """Read a message that a client sent.

    Raises:
        FrameInvalid: it is no such message; names the field that is wrong.
    """
    return _parse(_FROM_CLIENT, text)


def parse_from_service(text: str | bytes) -> FromService:
    """Read a message that the service sent.

    Raises:
        FrameInvalid: it is no such message; names the field that is wrong.
    """
    return _parse(_FROM_SERVICE, text)


def request_id(text: str | bytes) -> UUID | None:
    """Return the id of a request that may be wrong otherwise, so that it can be refused by name; None without one."""
    try:
        return _Request.model_validate_json(text).id
    except ValidationError:
        return None


def _parse(adapter: TypeAdapter[_AnyFrame], text: str | bytes) -> _AnyFrame:
    if isinstance(text, bytes):
        raise FrameInvalid("the message is binary; expected a text frame")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        # A field or a tag that should not be there is named as whoever sent it liked.
        field = one_line(".".join(str(part) for part in first["loc"]), _LONGEST_COMPLAINT) or "message"
        raise FrameInvalid(f"the message is wrong at {field}: {one_line(first['msg'], _LONGEST_COMPLAINT)}") from None
