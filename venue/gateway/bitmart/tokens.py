"""Access tokens: given for proof of a key, good for 15 minutes or until midnight UTC, whichever is first."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from venue.config import AccountConfig
from venue.gateway.bitmart.errors import too_many, unauthorized
from venue.gateway.bitmart.signatures import client_secret, is_same
from venue.gateway.rate_limit import RateLimit

LIFETIME_SECONDS = 900

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when it ends."""

    text: str
    account: AccountConfig
    ends_at_ms: int
    expires_in_seconds: int


class TokenOffice:
    """Gives tokens and knows whose they are.

    Tokens live in memory only: after a restart clients are told 401 and ask for a new one.
    """

    def __init__(self, accounts: Iterable[AccountConfig], limit: RateLimit) -> None:
        self._accounts = {account.access: account for account in accounts}
        self._limit = limit
        self._tokens: dict[str, Token] = {}

    def issue(self, access: str, proof: str, now_ms: int) -> Token:
        """Return a new token; earlier ones stay good until they end.

        Raises:
            CallRefused: 401 for an unknown key or a wrong proof, 429 for too many tries with one key.
        """
        account = self._accounts.get(access)
        if account is None:
            raise unauthorized("client_id is not a known access key")
        wait_ms = self._limit.wait_ms(access, now_ms)
        if wait_ms:
            raise too_many(f"at most {self._limit.calls} authentications a minute", wait_ms)
        if not is_same(client_secret(access, account.secret.get_secret_value(), account.memo), proof):
            raise unauthorized("client_secret must be hex(HMAC_SHA256(secret, access:secret:memo))")
        self._tokens = {text: token for text, token in self._tokens.items() if token.ends_at_ms > now_ms}
        ends_at_ms = min(now_ms + LIFETIME_SECONDS * 1000, (now_ms // _DAY_MS + 1) * _DAY_MS)
        # Rounded up, so that it is not 0 in the day's last second.
        token = Token(f"m261{secrets.token_hex(30)}", account, ends_at_ms, -(-(ends_at_ms - now_ms) // 1000))
        self._tokens[token.text] = token
        return token

    def account_of(self, text: str, now_ms: int) -> AccountConfig:
        """Return whose token it is.

        Raises:
            CallRefused: 401 when it is unknown or has ended.
        """
        token = self._tokens.get(text)
        if token is None:
            raise unauthorized("the access token is not known: authenticate again")
        if token.ends_at_ms <= now_ms:
            raise unauthorized("the access token has expired: authenticate again")
        return token.account
