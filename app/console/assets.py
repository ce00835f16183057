"""The files that browsers load: style, scripts and what they are made of, shipped with the package."""

import hashlib
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"


@lru_cache(maxsize=64)
def asset_url(name: str) -> str:
    """Return the address of a file under `static`; it changes with its content, so that browsers may keep it for ever.

    Raises:
        FileNotFoundError: there is no such file; a defect of the template.
    """
    content = (FOLDER / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:16]}"
