"""Reading a call: who makes it, whether it is signed, and its parameters."""

import json
from http import HTTPStatus

from starlette.requests import Request

from venue.config import AccountConfig
from venue.gateway.bitmart.errors import CallRefused, bad_request, too_many, unauthorized
from venue.gateway.bitmart.signatures import is_same, message_of, signature
from venue.gateway.bitmart.tokens import TokenOffice
from venue.gateway.rate_limit import RateLimit
from venue.service import Clock

CLOCK_TOLERANCE_MS = 60_000
MAXIMUM_BODY_BYTES = 64 * 1024
MAXIMUM_LIMIT = 1000
_DEFAULT_LIMIT = 100
_LONGEST_NUMBER = 18


class _Pairs(list[tuple[str, object]]):
    """An object's names and values, doubled ones included."""


class Doorkeeper:
    """Lets a call in, or tells the caller why not."""

    def __init__(self, tokens: TokenOffice, limit: RateLimit, clock: Clock) -> None:
        self._tokens = tokens
        self._limit = limit
        self._clock = clock

    def visitor(self, request: Request) -> None:
        """Let in a call that needs no key.

        Raises:
            CallRefused: 429 when its address calls too often.
        """
        self._count(request.client.host if request.client else "unknown")

    def account(self, request: Request) -> AccountConfig:
        """Return the account that a call is made for.

        Raises:
            CallRefused: 401 for the token, 400 for the timestamp, 429 when the account calls too often.
        """
        scheme, _, token = request.headers.get("X-BM-AUTHORIZATION", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise unauthorized("header X-BM-AUTHORIZATION must be 'Bearer <access token>'")
        account = self._tokens.account_of(token, self._clock())
        self._check_timestamp(request)
        self._count(account.id)
        return account

    def signed_account(self, request: Request, parameters: dict[str, str]) -> AccountConfig:
        """Return the account that a call which changes something is made for.

        Raises:
            CallRefused: as for `account`, and 401 when the signature is missing or wrong.
        """
        account = self.account(request)
        given = request.headers.get("X-BM-SIGNATURE")
        if not given:
            raise unauthorized("header X-BM-SIGNATURE is missing")
        message = message_of(parameters)
        if not is_same(signature(account.secret.get_secret_value(), message), given):
            raise unauthorized(f"header X-BM-SIGNATURE must be hex(HMAC_SHA256(secret, {message!r}))")
        return account

    def _check_timestamp(self, request: Request) -> None:
        text = request.headers.get("X-BM-TIMESTAMP", "")
        if not _is_number(text):
            raise bad_request("header X-BM-TIMESTAMP must be the time in milliseconds since 1970")
        if abs(int(text) - self._clock()) > CLOCK_TOLERANCE_MS:
            raise bad_request("header X-BM-TIMESTAMP must be within 60 seconds of /v2/time")

    def _count(self, caller: str) -> None:
        wait_ms = self._limit.wait_ms(caller, self._clock())
        if wait_ms:
            raise too_many(f"at most {self._limit.calls} requests a minute", wait_ms)


async def body(request: Request) -> bytes:
    """Return a call's body.

    Raises:
        CallRefused: 413 when it is larger than any call needs.
    """
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAXIMUM_BODY_BYTES:
            raise CallRefused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body may have at most {MAXIMUM_BODY_BYTES} bytes"
            )
    return content


def json_parameters(content: bytes) -> dict[str, str]:
    """Return the parameters of a JSON body as the client wrote them: 1.50 stays "1.50", because that is what it signed.

    Raises:
        CallRefused: 400 when it is not one flat JSON object of texts and numbers.
    """
    try:
        pairs = json.loads(content, parse_float=str, parse_int=str, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"the body must be JSON: {error}") from error
    if not isinstance(pairs, _Pairs):
        raise bad_request("the body must be a JSON object")
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if not isinstance(value, str):
            raise bad_request(f"parameter {name[:40]} must be a text or a number")
        if name in parameters:
            raise bad_request(f"parameter {name[:40]} may be given only once")
        parameters[name] = value
    return parameters


def required(parameters: dict[str, str], name: str) -> str:
    """Return a parameter.

    Raises:
        CallRefused: 400 when it is missing.
    """
    value = parameters.get(name)
    if not value:
        raise bad_request(f"parameter {name} is missing")
    return value


def number(text: str, name: str) -> int:
    """Return a parameter that is a whole number of at least 0.

    Raises:
        CallRefused: 400 when it is not.
    """
    if not _is_number(text):
        raise bad_request(f"{name} must be a whole number, not {text[:40]!r}")
    return int(text)


def paging(parameters: dict[str, str]) -> tuple[int, int]:
    """Return (offset, limit): a page's number from 0, and how many entries a page has.

    Raises:
        CallRefused: 400 when the limit is not from 1 to 1000.
    """
    limit = number(parameters.get("limit", str(_DEFAULT_LIMIT)), "limit")
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise bad_request(f"limit must be from 1 to {MAXIMUM_LIMIT}, not {limit}")
    return number(parameters.get("offset", "0"), "offset"), limit


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
