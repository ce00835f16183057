"""What is asked of a process, and what is answered."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.errors import MeicError
from app.ndau.masking import masked

log = logging.getLogger(__name__)

Check = Callable[[], str]
"""Returns a few words when all is well, and raises a MeicError that says what is not. It must not take long: see
`app.vitals.bounded` for one that may."""

Checks = Mapping[str, Check]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; the words hold no secrets."""

    name: str
    is_ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks of a process found."""

    kind: str
    findings: tuple[Finding, ...]

    @property
    def is_ok(self) -> bool:
        """Whether all is well."""
        return all(finding.is_ok for finding in self.findings)

    def as_text(self) -> str:
        """Return it as JSON."""
        checks = {each.name: {"ok": each.is_ok, "words": each.words} for each in self.findings}
        return masked(json.dumps({"kind": self.kind, "ok": self.is_ok, "checks": checks}))


def report(kind: str, checks: Checks) -> Report:
    """Ask every check; one that breaks counts as one that fails."""
    return Report(kind, tuple(_found(name, check) for name, check in checks.items()))


def _found(name: str, check: Check) -> Finding:
    try:
        return Finding(name, is_ok=True, words=check())
    except MeicError as error:
        return Finding(name, is_ok=False, words=str(error))
    except Exception as error:  # its words may hold anything, so only its kind is told to whoever asks
        log.exception("the check %s broke", name)
        return Finding(name, is_ok=False, words=f"the check itself broke ({type(error).__name__}); the log says how")
