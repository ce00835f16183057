"""API tokens: what scripts show instead of a password."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from app.access.secrets import TOKEN_PREFIX, new_token, token_hash
from app.domain.access import ApiToken, Role, checked_name
from app.domain.errors import InvalidInput
from app.domain.money import MAX_AMOUNT
from app.domain.reasons import checked_reason, is_text
from app.ports.clock import Clock
from app.store.api_tokens import SqlApiTokens

LONGEST_DAYS = 3660

_LONGEST_LABEL = 64


class NewToken(NamedTuple):
    """A token, shown this once, and what the ledger keeps of it."""

    secret: str
    kept: ApiToken


class ApiTokens:
    """Makes, revokes and knows the tokens of scripts. Safe for threads."""

    def __init__(self, tokens: SqlApiTokens, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def make(self, name: str, *, label: str, role: Role, days: int | None, by: str) -> NewToken:
        """Make a token of somebody's, valid for so many days, or until it is revoked.

        Raises:
            InvalidInput: the label or the days make no sense, the person may do less or has too many tokens.
        """
        name, label = checked_name(name), label.strip()
        if not 1 <= len(label) <= _LONGEST_LABEL or not is_text(label) or not label.isprintable():
            raise InvalidInput(
                f"the token's label is {label!r:.70}; expected 1 to {_LONGEST_LABEL} characters in a line"
            )
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise InvalidInput(f"the token is to last {days} days; expected 1 to {LONGEST_DAYS}")
        expires_at = None if days is None else self._clock.now() + timedelta(days=days)
        secret = TOKEN_PREFIX + new_token()
        kept = self._tokens.add(name, token_hash(secret), label=label, role=role, expires_at=expires_at, by=by)
        return NewToken(secret, kept)

    def revoke(self, name: str, token_id: int, *, by: str, why: str) -> None:
        """Make a token useless, at once.

        Raises:
            InvalidInput: the person has no such token, or the reason is missing.
        """
        if not 0 < token_id <= MAX_AMOUNT:
            raise InvalidInput(f"{name} has no token {token_id}; expected the number of one of their own")
        self._tokens.revoke(checked_name(name), token_id, by=by, why=checked_reason(why))

    def find(self, secret: str) -> ApiToken | None:
        """Return a valid token, its role no more than its owner's at present; None when there is none."""
        return self._tokens.find(token_hash(secret)) if secret.startswith(TOKEN_PREFIX) else None

    def of(self, name: str) -> Sequence[ApiToken]:
        """Return somebody's tokens, newest first, those too that are not valid any more.

        Raises:
            InvalidInput: the name is none.
        """
        return self._tokens.of(checked_name(name))
