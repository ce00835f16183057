"""CCXT's errors as the port's, by what is known of the call's effect.

ours, raised below CCXT       NotSent, NoAnswer, RateLimited, BudgetSpent: see `exchanges.ccxt.session`
BaseError
├── ExchangeError             a refusal in the exchange's words
│   ├── AuthenticationError, PermissionDenied, ...   AuthenticationFailed
│   ├── DuplicateOrderId      of a placement: OutcomeUnknown, it may be there already
│   ├── OrderNotFound         OrderUnknown
│   ├── BadSymbol, InvalidOrder, InsufficientFunds, ...   ExchangeRejected
│   └── of no class of its own: a code that CCXT does not know. With a 4xx it is a refusal; with a 2xx it may be any
│       failure, so a change's outcome is unknown.
└── OperationFailed           reading: ExchangeUnavailable, changing: OutcomeUnknown
    ├── RateLimitExceeded, DDoSProtection            RateLimited
    └── InvalidNonce          our clock or counter is off; refused, and nothing was done: ClockDoubted
anything else                 CCXT could not understand the answer: as OperationFailed
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.errors import (
    AuthenticationFailed,
    ExchangeRejected,
    ExchangeUnavailable,
    MeicError,
    OrderUnknown,
    OutcomeUnknown,
    RateLimited,
)
from exchanges.ccxt.library import Ccxt, ccxt
from exchanges.ccxt.session import LastAnswer
from exchanges.http_errors import NoAnswer, NotSent
from exchanges.redaction import Redaction

_DEFAULT_WAIT_SECONDS = 60.0
_BAD_REQUEST, _UNAUTHORISED, _NOT_FOUND = 400, 401, 404
_DUPLICATE = re.compile(r"duplicate|already exist|repeat", re.IGNORECASE)
_QUERY = re.compile(r"(https?://[^\s?]+)\?\S+")
UNREADABLE = (TypeError, AttributeError, KeyError, IndexError, ValueError, ArithmeticError)


class ClockDoubted(ExchangeUnavailable):
    """The exchange refused the time or the counter of the request; nothing was done."""


class Malformed(ValueError):
    """An answer that is none: a field is missing, or is not what it should be."""


@contextmanager
def reading(what: str, client: Ccxt, redaction: Redaction) -> Iterator[None]:
    """Map the errors of a call that only reads: whatever happened to it, it can be made again."""
    try:
        yield
    except (NotSent, NoAnswer) as error:
        raise ExchangeUnavailable(f"{what}: {error}") from error
    except (ccxt().BaseError, *UNREADABLE) as error:
        words = _words(error, redaction)
        raise _known(what, error, words, client.session.last) or ExchangeUnavailable(f"{what}: {words}") from error


@contextmanager
def changing(what: str, client: Ccxt, redaction: Redaction) -> Iterator[None]:
    """Map the errors of a call that changes something: once it went out, only a definite no means that it was not done."""
    try:
        yield
    except NotSent as error:
        raise ExchangeUnavailable(f"{what}: {error}; nothing was sent") from error
    except NoAnswer as error:
        raise OutcomeUnknown(f"{what}: {error}; it may have been done") from error
    except (ccxt().BaseError, *UNREADABLE) as error:
        words, last = _words(error, redaction), client.session.last
        known = _known(what, error, words, last)
        if known is None or _DUPLICATE.search(words) or _is_of_no_class(error, words, last):
            raise OutcomeUnknown(f"{what}: {words}; it may have been done") from error
        raise known from error


def _known(what: str, error: Exception, words: str, last: LastAnswer) -> MeicError | None:
    """Return what an error means whatever the call was, None when it says nothing definite."""
    message = f"{what}: {words}"
    library = ccxt()
    if isinstance(error, library.InvalidNonce):
        return ClockDoubted(message)
    if isinstance(error, library.AuthenticationError) or last.status == _UNAUTHORISED:
        return AuthenticationFailed(
            f"{what}: the exchange refuses the API key: {words}: check it, its permissions (spot trading) and its addresses"
        )
    if isinstance(error, library.RateLimitExceeded | library.DDoSProtection):
        return RateLimited(message, retry_after_seconds=_wait_seconds(last))
    if isinstance(error, library.ExchangeError):
        not_found = isinstance(error, library.OrderNotFound) or last.status == _NOT_FOUND
        return OrderUnknown(message) if not_found else ExchangeRejected(message)
    return None


def _is_of_no_class(error: Exception, words: str, last: LastAnswer) -> bool:
    # Coinbase says success: false with its reason; that is a definite no, whatever the reason.
    return type(error) is ccxt().ExchangeError and last.status < _BAD_REQUEST and "error_response" not in words


def _wait_seconds(last: LastAnswer) -> float:
    text = last.headers.get("Retry-After", "").strip()
    return float(text) if re.fullmatch(r"[0-9]{1,6}", text) else _DEFAULT_WAIT_SECONDS


def _words(error: Exception, redaction: Redaction) -> str:
    if isinstance(error, UNREADABLE) and not isinstance(error, Malformed):
        return f"the answer cannot be understood ({type(error).__name__})"
    return redaction.excerpt(_QUERY.sub(r"\1", str(error)))
