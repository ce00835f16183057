"""Why an operator did something, for the record."""

from app.domain.errors import InvalidInput

_LONGEST = 1000


def checked_reason(why: str) -> str:
    """Return an operator's reason, trimmed.

    Raises:
        InvalidInput: it is empty, longer than 1000 characters, or no text that can be stored.
    """
    trimmed = why.strip()
    if not trimmed or len(trimmed) > _LONGEST or not is_text(trimmed):
        raise InvalidInput(f"why is {why!r:.60}; expected a reason of 1 to {_LONGEST} characters, for the record")
    return trimmed


def is_text(text: str) -> bool:
    """Tell whether this can be stored: what a terminal passes on need not be text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
