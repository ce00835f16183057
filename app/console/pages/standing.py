"""How an exchange stands, in a word and a level of concern, from all that is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.bootstrap import Coordinator
from app.console.pages.given import unit_at
from app.console.surroundings import Surroundings
from app.domain.halts import Halt, Scope
from app.domain.ledger import Generation, Offer, OfferState
from app.domain.offers import Level
from app.services.lateness import LATE_AFTER, behind_since
from app.store.reading.glances import DayTotal, ExchangeRow
from app.watching.stream_state import StreamState
from exchanges.usage import Usages


@dataclass(frozen=True, slots=True)
class Standing:
    """One exchange for a page.

    Attributes:
        row: None for one of the settings that the ledger has never heard of.
        level: "good", "warn", "bad" or "calm", and
        words: what that is.
        wanted: the newest decision's levels, as many as it shows, in dollars, before its share, spread and grid.
        shown: our offers there, without those whose placing is not known yet.
        stream: "" when it may have none, else what is known of it.
        behind_since: when the first decision was made that it does not show; None while it shows the newest.
        is_late: whether that is longer ago than a publication takes.
    """

    name: str
    unit: str
    row: ExchangeRow | None
    level: str
    words: str
    wanted: tuple[Level, ...]
    shown: tuple[Offer, ...]
    stream: StreamState | None
    stream_level: str
    stream_words: str
    usages: Usages | None
    today: DayTotal | None
    depth: int
    is_in_use: bool
    behind_since: datetime | None
    is_late: bool

    @property
    def offered_napu(self) -> int:
        """What can be bought of us there now."""
        return sum(offer.level.quantity_napu - offer.filled_napu for offer in self.shown)

    @property
    def wanted_napu(self) -> int:
        """What the decision's levels come to."""
        return sum(level.quantity_napu for level in self.wanted)

    @property
    def error(self) -> str:
        """The last error, in the exchange's own words."""
        return self.row.publication.error if self.row and self.row.publication else ""


def standings(parts: Coordinator, around: Surroundings, today: Sequence[DayTotal], now: datetime) -> list[Standing]:
    """Return every exchange of the settings and of the ledger, by name."""
    rows = {row.exchange: row for row in parts.records.exchanges()}
    newest = parts.ledger.offers.generation()
    totals = {total.exchange: total for total in today if total.day == now.date()}
    names = sorted({*rows, *parts.settings.enabled_exchanges()})
    return [
        _standing(parts, name, rows.get(name), newest=newest, around=around, today=totals.get(name), now=now)
        for name in names
    ]


def _standing(
    parts: Coordinator,
    name: str,
    row: ExchangeRow | None,
    *,
    newest: Generation | None,
    around: Surroundings,
    today: DayTotal | None,
    now: datetime,
) -> Standing:
    settings = parts.settings.enabled_exchanges().get(name)
    depth = settings.depth if settings else 0
    since = behind_since(parts.ledger, row.publication) if row and row.publication else None
    is_late = since is not None and now - since > LATE_AFTER
    level, words = _state(parts, name, row, is_behind=since is not None, is_late=is_late)
    stream_level, stream_words = _stream(name, around)
    live = row.live_offers if row else ()
    return Standing(
        name=name,
        unit=unit_at(parts, name),
        row=row,
        level=level,
        words=words,
        wanted=newest.stack[:depth] if newest else (),
        shown=tuple(offer for offer in live if offer.state is not OfferState.INTENDED),
        stream=around.streams.get(name),
        stream_level=stream_level,
        stream_words=stream_words,
        usages=around.usages.get(name),
        today=today,
        depth=depth,
        is_in_use=settings is not None,
        behind_since=since,
        is_late=is_late,
    )


def _state(
    parts: Coordinator, name: str, row: ExchangeRow | None, *, is_behind: bool, is_late: bool
) -> tuple[str, str]:
    if name not in parts.settings.enabled_exchanges():
        return "calm", "not in use"
    if row is None:
        return "calm", "nothing known yet"
    if row.health is not None and row.health.down_since is not None:
        return "bad", "down"
    if _publishing_halt(row.halts):
        return "bad", "halted"
    if row.health is not None:
        return "warn", f"failing ({row.health.failures})"
    return _offers_state(parts, name, row, is_behind=is_behind, is_late=is_late)


def _offers_state(
    parts: Coordinator, name: str, row: ExchangeRow, *, is_behind: bool, is_late: bool
) -> tuple[str, str]:
    if row.publication is None or row.publication.wanted is None:
        return "calm", "nothing decided yet"
    if row.publication.error:
        return "bad", "offers not placed"
    if is_late:
        return "warn", "offers behind"
    if is_behind:
        return "calm", "offers follow"  # as after every sale, for a moment
    return ("calm", "dry run") if parts.publish_rules(name).is_dry_run else ("good", "as it should be")


def _publishing_halt(halts: Sequence[Halt]) -> bool:
    return any(halt.scope is Scope.PUBLISHING for halt in halts)


def _stream(name: str, around: Surroundings) -> tuple[str, str]:
    if name not in around.may_stream:
        return "calm", "has none"
    if around.problem:
        return "warn", "not known"
    state = around.streams.get(name)
    if state is None:
        return "warn", "not watched"
    return ("good", "up") if state.is_up else ("warn", "down")
