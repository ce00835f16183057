"""How much counts as sold when the stack is computed."""

from dataclasses import dataclass

from app.domain.ledger import SaleTotals


@dataclass(frozen=True, slots=True)
class SoldSupply:
    """What the price stands on, in napu.

    Attributes:
        foreign_napu: what is issued on the chain and not by us: all that was there before us, and what others add.
        sold_napu: our own sales, issued or not.
    """

    foreign_napu: int
    sold_napu: int

    @property
    def basis_napu(self) -> int:
        """The amount whose target price is due: everything issued and everything sold but not issued yet."""
        return self.foreign_napu + self.sold_napu


def sold_supply(chain_issued_napu: int, totals: SaleTotals, foreign_before_napu: int) -> SoldSupply:
    """Join the chain's total with our own sales without counting an issuance on its way twice.

    The chain must have been read BEFORE the totals: then all of ours that the chain counts is, in the totals, either
    issued or in flight. Neither part ever falls, so neither does the price; a node that lags behind changes nothing.

    Args:
        chain_issued_napu: totalIssued on the chain.
        totals: our sales, read after it.
        foreign_before_napu: what was known to be issued by others when the last stack was computed.
    """
    unexplained = chain_issued_napu - totals.issued_napu - foreign_before_napu
    arrived = totals.in_flight_napu if unexplained >= totals.in_flight_napu else 0
    return SoldSupply(foreign_before_napu + max(0, unexplained - arrived), totals.sold_napu)
