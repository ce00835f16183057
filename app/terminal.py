"""How records look at a terminal."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from app.domain.fills import Fill
from app.domain.issuances import Issuance
from app.domain.money import format_dollars, format_ndau
from app.services.overview import ExchangeView, Overview

_MAY_WRAP = ("problem", "quantity @ price, cheapest first", "offered", "due")


def print_json(value: object) -> None:
    """Print a value as JSON; times as ISO 8601."""
    typer.echo(json.dumps(value, indent=2, default=_plain))


def summary(view: Overview) -> str:
    """Return the first lines an operator reads."""
    if view.generation is None or view.price_nanocents is None:
        lines = ["no offers were decided yet; `meic publish` asks for them"]
    else:
        totals = view.totals
        lines = [
            (
                f"target price [bold]${format_dollars(view.price_nanocents)}[/bold], "
                f"{format_ndau(view.generation.issued_napu)} ndau issued on the chain (generation {view.generation.number})"
            ),
            (
                f"sold here {format_ndau(totals.sold_napu)}, of it issued {format_ndau(totals.issued_napu)}, "
                f"waiting {format_ndau(totals.waiting_napu)} ndau"
            ),
        ]
    if view.open_issuance is not None:
        issuance = view.open_issuance
        lines.append(
            f"issuance {issuance.id} (sequence {issuance.sequence}) is {issuance.state} {escape(issuance.message)}"
        )
    for halt in view.halts:
        where = f" on {halt.exchange}" if halt.exchange else ""
        lines.append(f"[bold red]HALTED[/bold red] {halt.scope}{where} by {escape(halt.who)}: {escape(halt.why)}")
    return "\n".join(lines)


def offers_table(view: Overview) -> Table:
    """Return every exchange's offers."""
    table = _table("Offers", "exchange", "quantity @ price, cheapest first", "shows", "problem")
    for exchange in view.exchanges:
        table.add_row(
            exchange.publication.exchange, _levels(exchange), _shows(exchange), escape(exchange.publication.error)
        )
    return table


def sales_table(rows: Sequence[tuple[str, Fill, str]]) -> Table:
    """Return fills, newest first."""
    table = _table("Sales", "time (UTC)", "exchange", "kind", "quantity", "price", "fill")
    for exchange, fill, kind in rows:
        quantity, price = format_ndau(fill.quantity_napu), format_dollars(fill.price_nanocents)
        table.add_row(_time(fill.executed_at), exchange, kind, quantity, price, fill.fill_id)
    return table


def issuances_table(rows: Sequence[Issuance]) -> Table:
    """Return issuances, newest first, with their transactions' hashes."""
    table = _table("Issuances", *_ISSUANCE_COLUMNS, "transaction")
    for row in rows:
        table.add_row(*_issuance_cells(row), row.tx_hash)
    return table


def narrow_issuances_table(rows: Sequence[Issuance]) -> Table:
    """Return issuances, newest first, in half a terminal's width."""
    table = _table("Issuances", *_ISSUANCE_COLUMNS)
    for row in rows:
        table.add_row(*_issuance_cells(row))
    return table


_ISSUANCE_COLUMNS = ("prepared (UTC)", "sequence", "quantity", "state", "block")


def _issuance_cells(row: Issuance) -> tuple[str, ...]:
    block = "" if row.block_height is None else str(row.block_height)
    return _time(row.prepared_at), str(row.sequence), format_ndau(row.quantity_napu), row.state, block


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, expand=True)
    for column in columns:
        table.add_column(column, no_wrap=column not in _MAY_WRAP)
    return table


def _levels(exchange: ExchangeView) -> str:
    return ", ".join(
        f"{format_ndau(offer.level.quantity_napu - offer.filled_napu)} @ {format_dollars(offer.level.price_nanocents)}"
        + ("" if offer.state == "open" else f" ({offer.state})")
        for offer in exchange.offers
    )


def _shows(exchange: ExchangeView) -> str:
    publication = exchange.publication
    if exchange.is_current:
        return f"[green]{publication.shown}[/green]"
    return f"[yellow]{publication.shown or 'nothing'}, wants {publication.wanted}[/yellow]"


def _time(moment: datetime) -> str:
    return f"{moment:%m-%d %H:%M:%S}"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def agreement_table(agreement: dict[str, Any]) -> Table:
    """Return what venues and chain say, side by side."""
    title = (
        f"sold {agreement['sold']} ndau, issued {agreement['issued']}, "
        f"{agreement['issuances']} Issue transactions of together {agreement['issuances_sum']}"
    )
    table = _table(title, "exchange", "sales", "sold", "offered", "due", "agrees")
    for name, exchange in agreement["exchanges"].items():
        offered, due = (
            "\n".join(f"{quantity} @ {price}" for price, quantity in exchange[what].items())
            for what in ("offered", "due")
        )
        table.add_row(
            name, str(exchange["sales"]), exchange["sold"], offered, due, "yes" if exchange["agrees"] else "NO"
        )
    table.caption = "everything agrees" if agreement["agrees"] else "IT DOES NOT AGREE"
    return table
