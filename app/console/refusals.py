"""Why somebody is not let in."""

from app.domain.errors import MeicError


class NotLoggedIn(MeicError):
    """Nobody knows who asks: log in, or show an API token."""


class Refused(MeicError):
    """Whoever asks may not do this, or not in this way."""
