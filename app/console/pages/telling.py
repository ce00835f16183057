"""Say what an event tells: who, why, and the rest as names and values that a person can read."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from app.console import figures
from app.domain.ledger import AuditEvent

_LONGEST = 300
_MOST_LISTED = 5
_TOLD_APART = ("who", "why", "by")
_ABOUT_AN_EXCHANGE = ("Fills", "Sales", "Dismissal", "Offers", "Exchange", "Poll", "Pull", "Halted", "Resumed")
_FOR_MACHINES = ("seal",)
_INTENDED, _SETTLED = 4, 3
"""How many values the events OffersIntended and OffersSettled hold of each offer."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event for a person.

    Attributes:
        who: who did it; "" where it was the coordinator itself.
        why: the reason, as typed; "" where none was asked for.
        facts: everything else, as (name, value).
    """

    event: AuditEvent
    who: str
    why: str
    facts: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """The event's kind in words: IssuancePrepared is "Issuance prepared"."""
        return kind_words(self.event.kind)

    @property
    def address(self) -> str | None:
        """The page of what it is about; None where there is none."""
        if self.event.kind.startswith(("Issuance", "Resolve")) and self.event.subject.isdecimal():
            return f"/issuances/{self.event.subject}"
        if self.event.kind.startswith("Generation"):
            return f"/offers?generation={self.event.subject}"
        if self.event.kind.startswith(_ABOUT_AN_EXCHANGE) and self.event.subject != "all":
            return f"/exchanges/{quote(self.event.subject, safe='')}"
        return None


def told(event: AuditEvent) -> Told:
    """Read an event's detail; one that is no JSON object is shown as it is."""
    detail = _detail(event.detail)
    facts = tuple(_facts(detail))
    return Told(event, str(detail.get("who") or detail.get("by") or ""), str(detail.get("why") or ""), facts)


def kind_words(kind: str) -> str:
    """Return an event's kind in words: OffersPulled is "Offers pulled"."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    return words[:1].upper() + words[1:]


def _detail(text: str) -> Mapping[str, object]:
    try:
        detail: Any = json.loads(text)
    except ValueError:
        return {"detail": text}
    return cast("dict[str, object]", detail) if isinstance(detail, dict) else {"detail": detail}


def _facts(detail: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in detail.items():
        if name in (*_TOLD_APART, *_FOR_MACHINES) or value in (None, "", [], {}):
            continue
        if name == "claimed_napu" and not value:
            continue  # of every change of offers, and hardly ever more than nothing
        yield _named(name, value)


def _named(name: str, value: object) -> tuple[str, str]:
    is_amount = isinstance(value, int) and not isinstance(value, bool)
    if is_amount and name.endswith("_napu"):
        return _words(name.removesuffix("_napu")), f"{figures.ndau(cast('int', value))} ndau"
    if is_amount and name.endswith("_nanocents"):
        return _words(name.removesuffix("_nanocents")), figures.price(cast("int", value))
    if name == "offers" and isinstance(value, list):
        return _words(name), _offers(value)
    return _words(name), _text(value)


def _offers(offers: list[Any]) -> str:
    if all(isinstance(each, list) and len(each) == _INTENDED for each in offers):
        shown = [f"{figures.ndau(quantity)} ndau at {figures.price(price)}" for _, price, quantity, _ in offers]
        return _text(shown)
    if all(isinstance(each, list) and len(each) == _SETTLED for each in offers):
        states = Counter(str(state) for _, state, _ in offers)
        return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return _text(offers)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(value: object) -> str:
    if isinstance(value, list):
        items = [_text(item) for item in value[:_MOST_LISTED]]
        more = len(value) - len(items)
        return ", ".join(items) + (f" and {more} more" if more > 0 else "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _cut(", ".join(f"{_words(str(name))} {_text(each)}" for name, each in value.items()))
    return "" if value is None else _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
