"""Whether an account at an exchange can do what is wanted of it: what its key may do, and what it holds."""

from collections.abc import Iterator

from app.domain.money import format_ndau
from app.ports.exchanges import OrderTrackingSystem


def account_problems(ots: OrderTrackingSystem, wanted_napu: int) -> Iterator[str]:
    """Yield one sentence for each thing that a person has to mend, with what mends it.

    `wanted_napu` is what should be on offer there, all levels together.

    Raises:
        Unavailable: the exchange does not answer.
        AuthenticationFailed: it does not accept the key.
    """
    permissions = ots.permissions()
    if permissions is not None and not permissions.can_trade:
        yield "its API key may not trade: allow spot trading for the key at the exchange"
    if permissions is not None and permissions.can_withdraw:
        yield "its API key may withdraw, which is never needed: forbid it at the exchange, or whoever steals the key can empty the account"
    held = ots.balance().total_napu
    if held < wanted_napu:
        yield (
            f"the account holds {format_ndau(held)} ndau and should offer {format_ndau(wanted_napu)}: "
            "deposit the difference, or lower depth"
        )
