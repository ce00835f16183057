"""Take our offers off the exchanges from the command itself: it works while broker and workers are down."""

from collections.abc import Sequence

from app.bootstrap import Coordinator
from app.domain.errors import MeicError
from app.services.pull_offers import PullReport, pull_offers
from app.services.side_by_side import side_by_side


def pull_from(parts: Coordinator, names: Sequence[str], *, who: str, why: str) -> list[PullReport]:
    """Pull our offers off each exchange, all at once; what one cannot do is in its report."""

    def pull(name: str) -> PullReport:
        try:
            rules = parts.publish_rules(name)
            return pull_offers(parts.ledger, parts.ots(name), parts.clock, rules, who=who, why=why)
        except MeicError as error:
            still_open = len(parts.ledger.offers.live_offers(name))
            return PullReport(name, still_open=still_open, problem=str(error))

    return side_by_side(pull, names)


def exchanges_with_offers(parts: Coordinator) -> list[str]:
    """Return all exchanges in use, and those out of use on which the ledger still knows offers that may be open."""
    once = [publication.exchange for publication in parts.ledger.offers.publications()]
    left = [name for name in once if parts.ledger.offers.live_offers(name)]
    return sorted({*parts.depths(), *left})
