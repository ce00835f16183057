"""Errors as Bitmart's clients see them: an HTTP status and a sentence."""

from collections.abc import Mapping
from http import HTTPStatus


class CallRefused(Exception):
    """A call was refused; `message` goes to the client."""

    def __init__(self, status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def bad_request(message: str) -> CallRefused:
    """Return the refusal of a call that is malformed."""
    return CallRefused(HTTPStatus.BAD_REQUEST, message)


def unauthorized(message: str) -> CallRefused:
    """Return the refusal of a caller who did not prove who it is."""
    return CallRefused(HTTPStatus.UNAUTHORIZED, message)


def too_many(message: str, wait_ms: int) -> CallRefused:
    """Return the refusal of one call too many."""
    return CallRefused(HTTPStatus.TOO_MANY_REQUESTS, message, {"Retry-After": str(-(-wait_ms // 1000))})
