"""Binance's errors: a code, its text and the HTTP status.

Codes and texts are those of Binance's list of spot API errors, because clients compare them.
"""

from http import HTTPStatus


class CallRefused(Exception):
    """A call was refused; `code` and `message` go to the client.

    `retry_after_seconds` is None where waiting would not help.
    """

    def __init__(
        self,
        code: int,
        message: str,
        status: HTTPStatus | int = HTTPStatus.BAD_REQUEST,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = int(status)
        self.retry_after_seconds = retry_after_seconds


def too_much_weight(limit: int, retry_after_seconds: int) -> CallRefused:
    """Return the refusal of a request above the weight that an address has in a minute."""
    return CallRefused(
        -1003,
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE."
        " Please use WebSocket Streams for live updates to avoid polling the API.",
        HTTPStatus.TOO_MANY_REQUESTS,
        retry_after_seconds,
    )


def banned(until_ms: int, retry_after_seconds: int) -> CallRefused:
    """Return the refusal of an address that went on after it was told to wait."""
    return CallRefused(
        -1003,
        f"Way too much request weight used; IP banned until {until_ms}."
        " Please use WebSocket Streams for live updates to avoid bans.",
        HTTPStatus.IM_A_TEAPOT,
        retry_after_seconds,
    )


def too_many_orders(limit: int, interval: str, retry_after_seconds: int) -> CallRefused:
    """Return the refusal of an order too many; `interval` is such as "10 SECOND"."""
    return CallRefused(
        -1015,
        f"Too many new orders; current limit is {limit} orders per {interval}.",
        HTTPStatus.TOO_MANY_REQUESTS,
        retry_after_seconds,
    )


def outcome_unknown() -> CallRefused:
    """Return what a caller is told when the venue cannot say what became of its call."""
    return CallRefused(
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
        HTTPStatus.SERVICE_UNAVAILABLE,
    )


def filter_failure(name: str) -> CallRefused:
    """Return the refusal of an order that breaks a filter of its symbol."""
    return CallRefused(-1013, f"Filter failure: {name}")


def illegal_characters(name: str, legal: str) -> CallRefused:
    """Return the refusal of a parameter with characters that it must not have."""
    return CallRefused(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def missing(name: str) -> CallRefused:
    """Return the refusal of a call that lacks a parameter."""
    return CallRefused(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def invalid_data(name: str) -> CallRefused:
    """Return the refusal of a parameter whose value is not allowed."""
    return CallRefused(-1130, f"Data sent for parameter '{name}' is not valid.")


def bad_combination() -> CallRefused:
    """Return the refusal of optional parameters that do not go together."""
    return CallRefused(-1128, "Combination of optional parameters invalid.")


def invalid_symbol() -> CallRefused:
    """Return the refusal of a symbol that is not traded here."""
    return CallRefused(-1121, "Invalid symbol.")


def rejected(message: str) -> CallRefused:
    """Return the refusal of a new order."""
    return CallRefused(-2010, message)


def cancel_rejected() -> CallRefused:
    """Return the refusal of a cancel: there is no such open order of this account."""
    return CallRefused(-2011, "Unknown order sent.")


def no_such_order() -> CallRefused:
    """Return the refusal of a question about an order that this account never placed."""
    return CallRefused(-2013, "Order does not exist.")


def bad_key_format() -> CallRefused:
    """Return the refusal of a call without an API key."""
    return CallRefused(-2014, "API-key format invalid.", HTTPStatus.UNAUTHORIZED)


def not_allowed() -> CallRefused:
    """Return the refusal of a key that is unknown or may not do this."""
    return CallRefused(-2015, "Invalid API-key, IP, or permissions for action.", HTTPStatus.UNAUTHORIZED)
