"""How records look at a terminal."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from app.domain.differences import Difference
from app.domain.fills import Fill
from app.domain.halts import PastHalt
from app.domain.issuances import Issuance
from app.domain.money import format_dollars, format_ndau
from app.domain.proofs import Used
from app.domain.rates import Rate
from app.services.overview import ExchangeView, Overview
from app.services.plan_offers import Plan
from app.services.pull_offers import PullReport
from app.services.resolve_issuance import Resolution

_ALL_IN_DOLLARS: Mapping[str, str] = MappingProxyType({})

_MAY_WRAP = (
    "problem",
    "quantity @ price, cheapest first",
    "offered",
    "due",
    "why",
    "lifted",
    "what it says",
    "transaction",
    "order",
    "fill",
    "ledger",
    "other side",
    "which",
)


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
    lines += [f"[bold red]DOWN[/bold red] {escape(each.words())}" for each in view.down]
    for halt in view.halts:
        where = f" on {halt.exchange}" if halt.exchange else ""
        lines.append(f"[bold red]HALTED[/bold red] {halt.scope}{where} by {escape(halt.who)}: {escape(halt.why)}")
    return "\n".join(lines)


def offers_table(view: Overview, currencies: Mapping[str, str] = _ALL_IN_DOLLARS) -> Table:
    """Return every exchange's offers."""
    table = _table("Offers", "exchange", "quantity @ price, cheapest first", "shows", "problem")
    for exchange in view.exchanges:
        table.add_row(
            exchange.publication.exchange,
            _levels(exchange, currencies.get(exchange.publication.exchange)),
            _shows(exchange),
            escape(exchange.publication.error),
        )
    return table


def plans_table(plans: Sequence[Plan], currencies: Mapping[str, str] = _ALL_IN_DOLLARS) -> Table:
    """Return what publishing would do, exchange by exchange."""
    table = _table("What publishing would do", "exchange", "action", "quantity", "price", "order", "why")
    for plan in plans:
        for step in plan.steps:
            table.add_row(
                plan.exchange,
                step.action,
                format_ndau(step.level.quantity_napu),
                _price(step.level.price_nanocents, currencies.get(plan.exchange)),
                escape(step.exchange_order_id or ""),
                escape(step.why),
            )
        if plan.obstacle or not plan.steps:
            table.add_row(
                plan.exchange, "[yellow]nothing[/yellow]", "", "", "", escape(plan.obstacle or "nothing is due")
            )
    return table


def rates_table(rates: Mapping[str, Rate], limits: Mapping[str, float], now: datetime) -> Table:
    """Return what each currency is worth, who says so, and whether that is still good enough to place offers by."""
    table = _table("Rates", "currency", "worth, $", "counts for, $", "seen (UTC)", "who says so", "good for new offers")
    for currency, limit_seconds in sorted(limits.items()):
        rate = rates.get(currency)
        if rate is None:
            table.add_row(currency, "", "", "", "", "[red]no, nobody has ever said[/red]")
            continue
        is_good = not rate.is_older_than(limit_seconds, now)
        table.add_row(
            currency,
            format_dollars(rate.observed_nanocents),
            format_dollars(rate.unit_nanocents),
            _time(rate.observed_at),
            escape(rate.source),
            "[green]yes[/green]" if is_good else f"[red]no, older than {limit_seconds:g} s[/red]",
        )
    return table


def sales_table(rows: Sequence[tuple[str, Fill, str]], currencies: Mapping[str, str] = _ALL_IN_DOLLARS) -> Table:
    """Return fills, newest first."""
    table = _table("Sales", "time (UTC)", "exchange", "kind", "quantity", "price", "fill")
    for exchange, fill, kind in rows:
        quantity, price = format_ndau(fill.quantity_napu), _price(fill.price_nanocents, currencies.get(exchange))
        table.add_row(_time(fill.executed_at), exchange, kind, quantity, price, escape(fill.fill_id))
    return table


def unclaimed_table(rows: Sequence[tuple[str, Fill]], currencies: Mapping[str, str] = _ALL_IN_DOLLARS) -> Table:
    """Return sells that are none of our offers, oldest first."""
    table = _table("Unclaimed", "time (UTC)", "exchange", "quantity", "price", "order", "fill")
    for exchange, fill in rows:
        quantity, price = format_ndau(fill.quantity_napu), _price(fill.price_nanocents, currencies.get(exchange))
        order, fill_id = escape(fill.exchange_order_id), escape(fill.fill_id)
        table.add_row(_time(fill.executed_at), exchange, quantity, price, order, fill_id)
    return table


def halts_table(rows: Sequence[PastHalt]) -> Table:
    """Return halts, newest first, and how those that are lifted were."""
    table = _table("Halts", "since (UTC)", "what", "where", "by", "why", "lifted")
    for row in rows:
        halt = row.halt
        lifted = f"{_time(row.lifted_at)} by {row.lifted_by}: {row.lifted_why}" if row.lifted_at else "in force"
        where = halt.exchange or "everywhere"
        table.add_row(_time(halt.since), halt.scope, where, escape(halt.who), escape(halt.why), escape(lifted))
    return table


def differences_table(rows: Sequence[Difference]) -> Table:
    """Return what differs between the ledger and the world outside."""
    table = _table("differences", "what", "where", "which", "ledger", "other side", "money")
    for row in rows:
        cells = (row.subject, row.where, row.which, row.ledger or "nothing", row.other or "nothing")
        table.add_row(*(escape(cell) for cell in cells), "[red]yes[/red]" if row.is_money else "no")
    return table


def pulls_table(rows: Sequence[PullReport]) -> Table:
    """Return what became of the offers that were pulled."""
    table = _table("Offers pulled", "exchange", "ended", "of them never seen", "may still be open", "problem")
    for row in rows:
        open_ = f"[red]{row.still_open}[/red]" if row.still_open else "0"
        table.add_row(row.exchange, str(row.pulled), str(row.unseen), open_, escape(row.problem))
    return table


def resolution_table(found: Resolution) -> Table:
    """Return what was found out about an issuance, and what follows."""
    issuance, evidence = found.issuance, found.evidence
    table = _table(f"Issuance {issuance.id}", "who", "what it says")
    words = f"{format_ndau(issuance.quantity_napu)} ndau, sequence {issuance.sequence}, transaction {issuance.tx_hash}"
    table.add_row(
        "ledger", escape(f"{issuance.state}, {words}" + (f": {issuance.message}" if issuance.message else ""))
    )
    if evidence is not None:
        table.add_row("chain, by hash", _used(evidence.by_hash))
        table.add_row("chain, by sequence", _used(evidence.by_sequence))
        table.add_row("chain, account", f"{evidence.address} is at sequence {evidence.account_sequence}")
        explained = "not known" if evidence.explained_napu is None else f"{format_ndau(evidence.explained_napu)} ndau"
        issued = format_ndau(evidence.issued_napu)
        table.add_row("chain, totals", f"{issued} ndau issued; explained without this issuance: {explained}")
        table.add_row("signer", escape(found.signer))
    style = "green" if found.is_final else "bold red"
    table.add_row(
        "what follows",
        f"[{style}]{issuance.state if found.is_final else 'NOT PROVEN'}[/{style}]: {escape(found.verdict.words)}",
    )
    return table


def _used(used: Used | None) -> str:
    return "nothing" if used is None else f"{used.tx_hash} in block {used.block_height}"


def issuances_table(rows: Sequence[Issuance]) -> Table:
    """Return issuances, newest first, with their transactions' hashes."""
    table = _table("Issuances", "id", *_ISSUANCE_COLUMNS, "transaction")
    for row in rows:
        table.add_row(str(row.id), *_issuance_cells(row), row.tx_hash)
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
        may_wrap = column in _MAY_WRAP
        # An id that was cut off could not be copied.
        table.add_column(column, no_wrap=not may_wrap, overflow="fold" if may_wrap else "ellipsis")
    return table


def _price(nanocents: int, currency: str | None) -> str:
    return f"{format_dollars(nanocents)} {currency}" if currency else format_dollars(nanocents)


def _levels(exchange: ExchangeView, currency: str | None) -> str:
    return ", ".join(
        f"{format_ndau(offer.level.quantity_napu - offer.filled_napu)} @ {_price(offer.level.price_nanocents, currency)}"
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
