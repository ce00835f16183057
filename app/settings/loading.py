"""Reads the settings, and says in one sentence what is wrong with them."""

import os
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from app.domain.errors import InvalidInput
from app.settings.settings import Settings, home_folder, settings_file

SectionT = TypeVar("SectionT")


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """Read the settings, once per process.

    Raises:
        InvalidInput: a setting is missing, unknown or wrong; the message names each and says what is expected.
    """
    if "MEIC_SETTINGS" in os.environ and not settings_file().is_file():
        raise InvalidInput(f"MEIC_SETTINGS names {settings_file()}, which is no file; expected the path of a meic.toml")
    try:
        return Settings(home=home_folder())
    except ValidationError as error:
        # Not chained: it repeats what it was given, a password in the wrong place too.
        raise InvalidInput(f"settings ({settings_file()}): {_sentence(error)}") from None
    except (SettingsError, ValueError, OSError) as error:
        raise InvalidInput(f"settings ({settings_file()}) cannot be read: {error}") from error


def required(section: SectionT | None, name: str) -> SectionT:
    """Return a section that this process cannot do without.

    Raises:
        InvalidInput: the settings have no such section.
    """
    if section is None:
        raise InvalidInput(
            f"settings ({settings_file()}): [{name}] is missing; docker/meic.example.toml shows every section"
        )
    return section


def _sentence(error: ValidationError) -> str:
    return "; ".join(_one(problem) for problem in error.errors(include_url=False))


def _one(problem: Any) -> str:
    name = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        return f"{name} is no setting of ours; check its spelling"
    if problem["type"] == "missing":
        return f"{name} is missing"
    if not name or isinstance(problem["input"], dict | BaseModel) or _may_hold_a_password(problem):
        return f"{name}: {message}" if name else message
    return f"{name} is {problem['input']!r}: {message}"


def _may_hold_a_password(problem: Any) -> bool:
    """Tell whether what was given must not be repeated: credentials, and a URL, wherever it stands."""
    if "credentials" in problem["loc"]:
        return True
    name = str(problem["loc"][-1])
    return any(secret in name for secret in ("url", "password", "routing_key")) or "://" in str(problem["input"])
