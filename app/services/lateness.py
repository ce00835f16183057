"""How far an exchange is behind what was decided."""

from datetime import UTC, datetime, timedelta

from app.domain.ledger import Publication
from app.ports.ledger import Ledger

LATE_AFTER = timedelta(seconds=30)
"""While sales come all the time there is always a decision of a moment ago; after this time something is wrong."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def behind_since(ledger: Ledger, publication: Publication) -> datetime | None:
    """Return when the first decision was made that an exchange does not show; None while it shows the one it should."""
    if publication.wanted is None or publication.shown == publication.wanted:
        return None
    missed = ledger.offers.generation((publication.shown or 0) + 1)
    return missed.decided_at if missed else _LONG_AGO


def is_late(ledger: Ledger, publication: Publication, now: datetime) -> bool:
    """Tell whether an exchange has been behind for longer than a publication takes."""
    since = behind_since(ledger, publication)
    return since is not None and now - since > LATE_AFTER
