"""What each push could know when it decided what to place.

A push knows what the ledger held when the push last read the totals, and never less than it held when the push took
its exchange's lease. What was sold since, anywhere, and what this exchange has executed but does not list yet, it
cannot know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.domain.ledger import Lease, Offer
from app.domain.offers import Stack, desired_stack
from tests.simulation.ledger import LedgerFile, Told


@dataclass(frozen=True, slots=True)
class Known:
    """What a push knew.

    Attributes:
        sold_napu: all sales in the ledger.
        filled_by_order: what the ledger knew to be executed of this exchange's orders.
    """

    sold_napu: int
    filled_by_order: dict[str, int]


@dataclass(frozen=True, slots=True)
class Intent:
    """An offer that a push has committed to place.

    Attributes:
        basis_napu: what its price had to stand on, as far as could be known.
    """

    offer: Offer
    lease: Lease
    known: Known
    basis_napu: int

    def stack(self, depth: int) -> Stack:
        """Return what could be wanted then."""
        return desired_stack(self.basis_napu, depth)


class Knowledge:
    """Follows what every push learns.

    Attributes:
        intents: by client order id.
    """

    def __init__(self, file: LedgerFile, basis_of_generation: Callable[[int, int], int]) -> None:
        self.intents: dict[str, Intent] = {}
        self._file = file
        self._basis = basis_of_generation
        self._known: dict[str, Known] = {}
        self._exchange: dict[str, str] = {}

    def hears_of(self, who: Any) -> Told:
        """Return what hears of each call of a process to its ledger."""
        name = str(who.name)

        def told(what: str, arguments: tuple[Any, ...], options: dict[str, Any], result: Any) -> None:
            match what:
                case "leases.hold" if arguments[0].startswith("offers:"):
                    self._exchange[name] = arguments[0].partition(":")[2]
                    self._known[name] = self._read(self._exchange[name])
                case "fills.totals" if name in self._known:
                    self._known[name] = self._read(self._exchange[name])
                case "offers.intend":
                    self._intend(name, arguments[0], options["generation"], result)

        return told

    def _intend(self, name: str, lease: Lease, generation: int, offers: list[Offer]) -> None:
        known = self._known[name]
        basis_napu = self._basis(generation, known.sold_napu)
        for offer in offers:
            self.intents[offer.client_order_id] = Intent(offer, lease, known, basis_napu)

    def _read(self, exchange: str) -> Known:
        (sold,) = self._file.reader.execute("SELECT coalesce(sum(sold_napu), 0) FROM cursor").fetchone()
        orders = "SELECT exchange_order_id, filled_napu FROM offer WHERE exchange = ? AND exchange_order_id IS NOT NULL"
        return Known(sold, dict(self._file.reader.execute(orders, (exchange,)).fetchall()))
