"""Who gives a command."""

import getpass
import os


def operator() -> str:
    """Return the name under which this user is known to the system, or the number where none is."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # Python 3.13 raises the first, older ones the second
        return f"user {os.getuid()}"
