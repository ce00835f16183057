"""`meic doctor`: what is wrong, and how to mend it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from app.bootstrap import Coordinator, coordinator, exchange_config
from app.cli import broker_checks
from app.cli.streams import check_streams
from app.domain.errors import InvalidInput, MeicError
from app.domain.ledger import Publication
from app.domain.markets import Market
from app.domain.money import format_ndau
from app.domain.showing import shown_stack
from app.services.check_account import account_problems
from app.services.lateness import LATE_AFTER, is_late
from app.services.overview import overview
from app.settings.settings import settings_file
from exchanges import registry

Check = tuple[str, Callable[[], str]]


def add_to(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(doctor)


def doctor() -> None:
    """Check settings, keys, broker, workers, ledger, chain, signer and every exchange: a line each; exit 1 if one is wrong."""
    console = Console(soft_wrap=True)
    parts = coordinator()
    failed = 0
    for name, check in _checks(parts):
        try:
            console.print(f"[green]ok[/green]     {escape(name)}: {escape(check())}")
        except (MeicError, SQLAlchemyError) as error:
            failed += 1
            console.print(f"[red]WRONG[/red]  {escape(name)}: {escape(str(error))}")
    for name, words in _cautions(parts):
        console.print(f"[yellow]note[/yellow]   exchange {escape(name)}: {escape(words)}")
    parts.close()
    if failed:
        raise typer.Exit(1)


def _checks(parts: Coordinator) -> Iterator[Check]:
    yield "settings", lambda: f"{settings_file()} ({len(parts.depths())} exchanges in use)"
    yield "broker", broker_checks.broker
    yield "workers", broker_checks.workers
    yield "ledger", lambda: _ledger(parts)
    yield "work", lambda: _work(parts)
    yield "chain", lambda: _chain(parts)
    yield "signer", lambda: _signer(parts)
    yield "streams", lambda: check_streams(parts.settings)
    yield "alerts", lambda: _alerts(parts)
    for name in parts.depths():
        yield f"exchange {name}", partial(_exchange, parts, name)


def _cautions(parts: Coordinator) -> Iterator[tuple[str, str]]:
    for name in parts.depths():
        with suppress(InvalidInput):  # its own line says what is wrong with it
            if words := registry.caution(exchange_config(parts.settings, name)):
                yield name, words


def _ledger(parts: Coordinator) -> str:
    database = parts.ledger.database
    return f"{database.engine.url.render_as_string(hide_password=True)}, up to date"


def _work(parts: Coordinator) -> str:
    view = overview(parts.ledger)
    for halt in view.halts:
        where = f" --exchange {halt.exchange}" if halt.exchange else ""
        raise InvalidInput(
            f"{halt.scope} is halted by {halt.who}: {halt.why}; when mended: `meic resume {halt.scope}{where}`"
        )
    late = [
        each.publication.exchange
        for each in view.exchanges
        if not each.is_current and _is_late(parts, each.publication)
    ]
    if late:
        raise InvalidInput(
            f"what was decided {LATE_AFTER.seconds} s ago is not shown yet on {', '.join(late)}; `meic offers` says why"
        )
    return f"{format_ndau(view.totals.waiting_napu)} ndau wait to be issued"


def _is_late(parts: Coordinator, publication: Publication) -> bool:
    if publication.error and publication.shown == publication.wanted:
        return True  # it showed the newest decision once, and something went wrong since
    return is_late(parts.ledger, publication, parts.clock.now())


def _chain(parts: Coordinator) -> str:
    status = parts.chain.health()
    supply, account = parts.chain.supply(), parts.chain.issuer_account()
    room = supply.released_napu - supply.issued_napu
    if room <= 0:
        raise InvalidInput("all that is released is issued; release more before more is sold")
    return f"{status}, issuer {account.address} at sequence {account.sequence}, {format_ndau(room)} ndau may be issued"


def _signer(parts: Coordinator) -> str:
    held = {str(key) for key in parts.signer.check()}
    wanted = parts.chain.issuer_account().validation_keys
    usable = held.intersection(wanted)
    if not usable:
        raise InvalidInput(
            f"it holds none of the issuer account's {len(wanted)} validation keys; add their key files to [signing_service] key_files"
        )
    return f"connected, holds {len(usable)} of the account's {len(wanted)} validation keys"


def _alerts(parts: Coordinator) -> str:
    return (
        f"told are: {', '.join(parts.settings.alerts.targets()) or 'none; docs/alerts.md shows how to have somebody'}"
    )


def _exchange(parts: Coordinator, name: str) -> str:
    ots = parts.ots(name)
    if down := parts.breakers.down(name):
        raise InvalidInput(f"{down.words()}; when it answers, its fills are read and its offers follow by themselves")
    offset = (ots.server_time() - datetime.now(UTC)).total_seconds()
    if abs(offset) > parts.settings.policy.maximum_clock_offset_seconds:
        raise InvalidInput(f"its clock and ours differ by {offset:.1f} s; set this machine's clock (NTP)")
    if problems := tuple(account_problems(ots, _wanted_napu(parts, name, ots.market))):
        raise InvalidInput("; ".join(problems))
    return f"{ots.market.symbol}, {len(ots.open_orders())} open orders, clock differs by {offset:.2f} s"


def _wanted_napu(parts: Coordinator, name: str, market: Market) -> int:
    """Return what an exchange should offer by the newest decision, 0 before the first."""
    generation, rules = parts.ledger.offers.generation(), parts.publish_rules(name)
    if generation is None:
        return 0
    shown = shown_stack(generation.stack[: rules.depth], market, rules.showing)
    return sum(each.level.quantity_napu for each in shown)
