from collections.abc import Iterator

import pytest

from tests.unit.app.services.ledgers import NDAU, Ledgers
from tests.unit.app.services.restoring import Restoring, fresh_restoring


@pytest.fixture(params=[True, False], ids=["ids-kept", "no-ids"])
def world(ledgers: Ledgers, request: pytest.FixtureRequest) -> Iterator[Restoring]:
    with fresh_restoring(ledgers, keeps_client_order_ids=request.param) as restoring:
        yield restoring


def test_forgotten_orders_are_found_although_the_old_copy_has_decided_at_the_present_price_already(
    world: Restoring,
) -> None:
    world.sell(5 * NDAU)
    world.back_up()
    for _ in range(25):
        world.sell(2500 * NDAU)  # the price rises by some cents, so that most of the forgotten orders were cheaper
    world.restore()
    # Whoever publishes first sees the chain's total, before the issuer has found out that the ledger is old.
    world.publishing.decide("start")
    world.go_on()
    world.check()
