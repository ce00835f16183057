"""An exchange in a dry run: the last door, behind all that knows of the dry run and asks for nothing anyway."""

from typing import NoReturn

from app.domain.errors import ExchangeRejected
from app.domain.offers import Level
from app.services.guarded_ots import GuardedOts


class DryOts(GuardedOts):
    """Reads everything; places and cancels nothing, whoever asks."""

    def place_offer(self, client_order_id: str, level: Level) -> NoReturn:  # noqa: ARG002  the port's
        """Refuse.

        Raises:
            ExchangeRejected: always.
        """
        raise ExchangeRejected(f"{self.name} is in a dry run: nothing is placed there")

    def cancel_order(self, exchange_order_id: str) -> NoReturn:
        """Refuse.

        Raises:
            ExchangeRejected: always.
        """
        raise ExchangeRejected(f"{self.name} is in a dry run: order {exchange_order_id} is not cancelled")
