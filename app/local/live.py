"""The live view that `meic up` shows."""

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from app.domain.errors import InvalidInput
from app.domain.money import format_ndau
from app.local.instance import Instance
from app.local.supervisor import ProcessStatus
from app.services.overview import overview
from app.store.version import first_line
from app.terminal import narrow_issuances_table, offers_table, sales_table, summary

_ROWS = 5

_UNREACHABLE = (DBAPIError, InvalidInput)
"""What reading the ledger raises while its server is down. Whoever only looks on waits until it is back."""


def live_view(instance: Instance) -> RenderableType:
    """Return one picture of the instance: price, offers, last sales and issuances, processes."""
    statuses = instance.supervisor.statuses()
    try:
        view = overview(instance.parts.ledger, limit=_ROWS)
    except _UNREACHABLE as error:
        return Group(Panel(f"the ledger does not answer: {_words(error)}"), _processes(statuses))
    head = "\n".join((summary(view), *map(escape, instance.doors), "Ctrl-C ends everything"))
    return Group(
        Panel(head, title="Multi-Exchange Issuance Coordinator", title_align="left"),
        offers_table(view),
        _beside(sales_table(view.sales), narrow_issuances_table(view.issuances)),
        _processes(statuses),
    )


def _words(error: DBAPIError | InvalidInput) -> str:
    return first_line(error) if isinstance(error, DBAPIError) else str(error)


def _beside(left: Table, right: Table) -> Table:
    """Put two tables side by side, so that everything fits a terminal of ordinary height."""
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1)
    grid.add_column(ratio=1)
    grid.add_row(left, right)
    return grid


def _processes(statuses: list[ProcessStatus]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    cells = [
        f"[green]●[/green] {status.name} {status.memory_bytes // 2**20} MiB"
        if status.pid
        else f"[red]○[/red] {status.name} (starting)"
        for status in statuses
    ]
    for start in range(0, len(cells), 5):
        table.add_row(*cells[start : start + 5])
    return Panel(table, title="Processes", title_align="left")


def new_lines(instance: Instance, seen: set[str]) -> list[str]:
    """Return a line for each issuance that `seen` does not hold yet, oldest first, and add them to it."""
    try:
        issued = [row for row in reversed(instance.parts.ledger.issuances.recent(_ROWS)) if row.state == "issued"]
    except _UNREACHABLE as error:
        return [f"the ledger does not answer: {_words(error)}"]
    fresh = [row for row in issued if row.tx_hash not in seen]
    seen.update(row.tx_hash for row in fresh)
    return [
        f"issued {format_ndau(row.quantity_napu)} ndau, sequence {row.sequence}, block {row.block_height}"
        for row in fresh
    ]
