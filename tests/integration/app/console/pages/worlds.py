"""Ledgers for the pages: an empty one, an ordinary one, and one in which everything is wrong."""

from app.domain.errors import ChainRejected
from app.domain.fills import Fill, FillPage, Side
from app.domain.money import NAPU_PER_NDAU
from tests.integration.app.console.api.world import World

EVIL = '"><script>alert(1)</script>'
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\tx")


def go_wrong(world: World) -> None:
    """Have an issuance refused, an exchange fail in its own words, and sells with ids that browsers and spreadsheets may run."""
    ledger, at = world.ledger, world.parts.clock.now()
    world.chain.fail_next("submit_issue", ChainRejected(f"not enough released {EVIL}"))
    world.issue()
    ledger.offers.published("north", None, f"balance is too low {EVIL}")
    position = str(ledger.fills.position("north"))
    strange = tuple(
        Fill(each, f"order {each}", Side.SELL, 10**11, NAPU_PER_NDAU, each, at, f"{{{each}}}")
        for each in (EVIL, *FORMULAS)
    )
    ledger.fills.record("north", FillPage(strange, position))
    ledger.events.append("SomethingNew", EVIL, {"who": EVIL, "why": EVIL, "detail": [EVIL, {"more": EVIL}]})
    ledger.events.append("Odd", "a list", {"offers": [1, [2, 3]], "claimed_napu": 0, "sum_napu": -5})


def many_sales(world: World, count: int) -> None:
    """Record sells of our offer, one napu each, in pages of their own so that their times differ or not as they come."""
    ledger, at = world.ledger, world.parts.clock.now()
    position = str(ledger.fills.position("north"))
    fills = tuple(Fill(f"many-{n}", "no order of ours", Side.SELL, 10**11, 1, "0", at, "{}") for n in range(count))
    for start in range(0, count, 50):
        ledger.fills.record("north", FillPage(fills[start : start + 50], position))
