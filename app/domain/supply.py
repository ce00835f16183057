"""How much counts as sold when the stack is computed."""


def basis_of(*, chain_issued_napu: int, foreign_napu: int, sold_napu: int) -> int:
    """Return the amount whose target price is due, in napu: everything issued, and everything sold but not issued yet.

    Of two figures that both count what is sold and issued the greater is right. The chain's total holds all that is
    issued, but not what we sold since. Foreign and our own sales hold that, but not what others issued and nobody has
    looked at yet. An issuance on its way is in the second from its sale on, so it is never counted twice. No part ever
    falls, so neither does the price; a node that lags behind, or a ledger that is an old copy, changes nothing.

    Args:
        chain_issued_napu: totalIssued on the chain.
        foreign_napu: proven to be issued by others: all that was issued before us, and what they added since.
        sold_napu: our own sales, issued or not.
    """
    return max(chain_issued_napu, foreign_napu + sold_napu)
