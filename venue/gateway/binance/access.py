"""Who makes a signed call, and whether the key may do that."""

from collections.abc import Iterable
from typing import Protocol

from venue.config import AccountConfig, Permission
from venue.gateway.binance.errors import CallRefused, bad_key_format, missing, not_allowed
from venue.gateway.binance.parameters import Parameters, number
from venue.gateway.binance.signatures import SIGNATURE, is_same, signature
from venue.service import Clock

DEFAULT_WINDOW_MS = 5_000
LONGEST_WINDOW_MS = 60_000
_TOLERATED_AHEAD_MS = 1_000

SIGNING_PARAMETERS = frozenset({"apiKey", "timestamp", "recvWindow", "returnRateLimits", SIGNATURE})
"""What any signed call may have; the first and the fourth only over the WebSocket API."""


class Payload(Protocol):
    """Gives what a call's signature is over."""

    def __call__(self) -> bytes:
        """Return it."""


class Doorkeeper:
    """Knows the venue's keys."""

    def __init__(self, accounts: Iterable[AccountConfig], clock: Clock, *, is_weight_by_key: bool = False) -> None:
        self._accounts = {account.access: account for account in accounts}
        self._clock = clock
        self._is_weight_by_key = is_weight_by_key

    def caller(self, api_key: str, address: str) -> str:
        """Return under what the weight of a call is counted; a key that is none of the venue's gives nobody a new count."""
        return api_key if self._is_weight_by_key and api_key in self._accounts else address

    def account(self, api_key: str, parameters: Parameters, payload: Payload, permission: Permission) -> str:
        """Return the id of the account that a signed call is made for.

        Raises:
            CallRefused: the key, the clock, the signature or the permission is wrong; which one, its code tells.
        """
        if not api_key:
            raise bad_key_format()
        account = self._accounts.get(api_key)
        if account is None:
            raise not_allowed()
        given = parameters.get(SIGNATURE)
        if not given:
            raise missing(SIGNATURE)
        self._check_time(parameters)
        if not is_same(signature(account.secret.get_secret_value(), payload()), given):
            raise CallRefused(-1022, "Signature for this request is not valid.")
        if permission not in account.permissions:
            raise not_allowed()
        return account.id

    def _check_time(self, parameters: Parameters) -> None:
        timestamp = number(parameters, "timestamp")
        if timestamp is None:
            raise missing("timestamp")
        window = number(parameters, "recvWindow")
        if window is None:
            window = DEFAULT_WINDOW_MS
        if window > LONGEST_WINDOW_MS:
            raise CallRefused(-1131, f"recvWindow must be less than {LONGEST_WINDOW_MS}.")
        now = self._clock()
        if timestamp >= now + _TOLERATED_AHEAD_MS:
            raise CallRefused(
                -1021, f"Timestamp for this request was {_TOLERATED_AHEAD_MS}ms ahead of the server's time."
            )
        if now - timestamp > window:
            raise CallRefused(-1021, "Timestamp for this request is outside of the recvWindow.")
