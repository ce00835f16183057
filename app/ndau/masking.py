"""Keeps private keys out of logs."""

import re

_PRIVATE_KEY = re.compile(r"npvt[0-9a-z]+", re.IGNORECASE)


def masked(text: str) -> str:
    """Return the text with every private key, whole or cut, replaced by "npvt***"."""
    return _PRIVATE_KEY.sub("npvt***", text)
