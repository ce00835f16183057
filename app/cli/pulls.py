"""Take our offers off the exchanges from the command itself: it works while broker and workers are down."""

from collections.abc import Sequence

from app.bootstrap import Coordinator
from app.domain.errors import MeicError
from app.services.pull_offers import PullReport, note_failure, pull_offers
from app.services.side_by_side import side_by_side


def pull_from(parts: Coordinator, names: Sequence[str], *, who: str, why: str) -> list[PullReport]:
    """Pull our offers off each exchange, all at once; what one cannot do is in its report."""

    def pull(name: str) -> PullReport:
        try:
            rules = parts.publish_rules(name)
            return pull_offers(parts.ledger, parts.ots(name), parts.clock, rules, who=who, why=why)
        except MeicError as error:
            return note_failure(parts.ledger, name, str(error), who=who, why=why)

    return side_by_side(pull, names)
